package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.BleuTokenizer;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.RewritingEncoder;
import io.github.cloze4j.inference.generation.GenerationConfig;
import io.github.cloze4j.inference.generation.Generator;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TextPipeline;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.ResultTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/**
 * Sources that a model rewrites as targets: questions as answers, verses as prose, English as Chinese. An example is a source with its
 * target, {@code [CLS] source [SEP] target [SEP]}. Tokens of the source see the source; tokens of the target see the source and what is
 * before them (UniLM, Dong et al., 2019). The loss is that of the target's tokens alone.
 *
 * <p>Metrics of the texts that the model writes by taking the most probable token each time: {@code exact}, the share that equals the
 * target, in [0, 1]; {@code chrf} ({@link io.github.cloze4j.finetune.metrics.ChrF}) and {@code bleu} ({@link
 * io.github.cloze4j.finetune.metrics.Bleu}), in [0, 100]. If the tokenizer makes text lower case, texts are compared in lower case
 * ({@code case:lc} in sacrebleu's signatures). Evaluations while training rewrite at most {@link #SAMPLE} of the held-out sources, the
 * same each time.
 */
public final class SequenceToSequenceData implements LabelledData {
    /** The most sources that an evaluation while training rewrites. */
    public static final int SAMPLE = 200;

    /** Sources that are rewritten between two looks at whether to stop. */
    private static final int SOURCES_AT_A_TIME = 64;

    private static final TaskHead HEAD = new TaskHead(TaskKind.SEQ2SEQ, List.of());

    private final BertTokenizer tokenizer;
    private final int maxTokens;
    private final BleuTokenizer words;
    private final RewritingEncoder encoder;
    private final EncodedRewritings training;
    private final EncodedRewritings validation;
    private final List<Labelled<InputText, String>> heldOut;

    /**
     * Encodes the pairs.
     *
     * @param maxTokens the most tokens of a source with its target, special tokens included, at least 5. If that is too few, source and
     *     target are cut; the longest source and the longest target to learn from decide how many tokens each may have
     * @param words how BLEU splits texts into words
     * @param training sources with their targets
     * @param validation held-out pairs; may be empty
     * @throws IllegalArgumentException if {@code maxTokens} is below 5
     */
    public SequenceToSequenceData(
            BertTokenizer tokenizer,
            int maxTokens,
            BleuTokenizer words,
            List<Labelled<InputText, String>> training,
            List<Labelled<InputText, String>> validation) {
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
        this.words = words;
        heldOut = List.copyOf(validation);
        encoder = EncodedRewritings.encoder(tokenizer, maxTokens, training);
        this.training = EncodedRewritings.of(encoder, training);
        this.validation = EncodedRewritings.of(encoder, validation);
    }

    @Override
    public TaskHead head() {
        return HEAD;
    }

    @Override
    public List<LabelledTokens> training() {
        return training.examples();
    }

    @Override
    public List<LabelledTokens> validation() {
        return validation.examples();
    }

    /** What happened to long sources and targets of the training data. */
    public LongRewritings longTraining() {
        return training.counts();
    }

    /** What happened to long sources and targets of the held-out data. */
    public LongRewritings longValidation() {
        return validation.counts();
    }

    @Override
    public String trainingRemarks() {
        return longTraining().toString();
    }

    @Override
    public String heldOutRemarks() {
        return longValidation().toString();
    }

    /** The held-out pairs. */
    public List<Labelled<InputText, String>> heldOut() {
        return heldOut;
    }

    /** The most tokens that the model writes for a source: those of the longest target, {@code [SEP]} not counted. */
    public int targetTokens() {
        return encoder.targetTokens();
    }

    @Override
    public Map<String, MetricGoal> metricGoals() {
        return heldOut.isEmpty() ? Map.of() : Goals.higher(WrittenTexts.METRICS);
    }

    @Override
    public Optional<HeldOutAnswers> answers(Bert model, BooleanSupplier stop) {
        return answers(heldOut, model, stop);
    }

    @Override
    public Optional<HeldOutAnswers> answersWhileTraining(Bert model, BooleanSupplier stop) {
        int count = Math.min(SAMPLE, heldOut.size());
        return answers(
                IntStream.range(0, count)
                        .mapToObj(i -> heldOut.get((int) ((long) i * heldOut.size() / count)))
                        .toList(),
                model,
                stop);
    }

    private Optional<HeldOutAnswers> answers(
            List<Labelled<InputText, String>> pairs, Bert model, BooleanSupplier stop) {
        model.config().requireSeqLen(maxTokens);
        // The final [SEP] is a token too.
        GenerationConfig config =
                GenerationConfig.builder().maxNewTokens(targetTokens() + 1).build();
        List<Prompt> sources = sources(pairs).stream().map(encoder::encode).toList();
        try (Generator generator = new Generator(model, tokenizer)) {
            return HeldOutRecords.ask(sources, SOURCES_AT_A_TIME, stop, some -> generator.rewrite(some, config))
                    .map(texts -> written(
                            pairs,
                            texts.stream().map(text -> text.get(0).text()).toList()));
        }
    }

    private WrittenTexts written(List<Labelled<InputText, String>> pairs, List<String> texts) {
        List<String> targets = pairs.stream().map(Labelled::label).toList();
        boolean lowerCase = tokenizer.pipeline().stages().contains(TextPipeline.Stage.LOWER_CASE);
        return new WrittenTexts(targets, texts, words, lowerCase);
    }

    private static List<String> sources(List<Labelled<InputText, String>> pairs) {
        return pairs.stream().map(pair -> pair.input().text()).toList();
    }

    @Override
    public Baseline baselineKind() {
        return Baseline.COPIED_SOURCE;
    }

    @Override
    public HeldOutAnswers baseline() {
        return written(heldOut, sources(heldOut));
    }

    @Override
    public List<ResultTable> tables(HeldOutAnswers answers) {
        return WrittenTables.of(sources(heldOut), (WrittenTexts) answers);
    }
}
