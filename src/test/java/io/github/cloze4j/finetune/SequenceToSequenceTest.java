package io.github.cloze4j.finetune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.finetune.metrics.Bleu;
import io.github.cloze4j.finetune.metrics.BleuTokenizer;
import io.github.cloze4j.finetune.metrics.ChrF;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.RewritingEncoder;
import io.github.cloze4j.inference.TextRefusedException;
import io.github.cloze4j.inference.generation.GenerationConfig;
import io.github.cloze4j.inference.generation.Generator;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Decoding;
import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.ModelSelection;
import io.github.cloze4j.train.ResultTable;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Sources with their targets as examples, and a model that learns to rewrite. */
class SequenceToSequenceTest {
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
    private static final List<String> WORDS = List.of("the", "quick", "brown", "fox", "over", "lazy", "dog", "do");
    private static final int SEP = TOKENIZER.vocabulary().sepId();

    @TempDir
    private Path directory;

    private static Labelled<InputText, String> pair(String source, String target) {
        return new Labelled<>(new InputText(source, null, new SourceLine("toy", 1)), target);
    }

    /** Three words each, as the same words from back to front; no source comes twice. */
    private static List<Labelled<InputText, String>> reversed(int count, long seed) {
        Random random = new Random(seed);
        Set<List<String>> sources = new LinkedHashSet<>();
        while (sources.size() < count) {
            sources.add(IntStream.range(0, 3)
                    .mapToObj(i -> WORDS.get(random.nextInt(WORDS.size())))
                    .toList());
        }
        List<Labelled<InputText, String>> pairs = new ArrayList<>();
        for (List<String> source : sources) {
            List<String> target = new ArrayList<>(source);
            Collections.reverse(target);
            pairs.add(pair(String.join(" ", source), String.join(" ", target)));
        }
        return pairs;
    }

    private static SequenceToSequenceData data(
            int maxTokens, List<Labelled<InputText, String>> training, List<Labelled<InputText, String>> heldOut) {
        return new SequenceToSequenceData(TOKENIZER, maxTokens, BleuTokenizer.V13A, training, heldOut);
    }

    /** Sources and targets of any length, also none. */
    private static List<Labelled<InputText, String>> random(int count, long seed) {
        Random random = new Random(seed);
        List<Labelled<InputText, String>> pairs = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            pairs.add(pair(words(random), words(random)));
        }
        return pairs;
    }

    private static String words(Random random) {
        return String.join(
                " ",
                IntStream.range(0, random.nextInt(7))
                        .mapToObj(i -> WORDS.get(random.nextInt(WORDS.size())))
                        .toList());
    }

    @Test
    void eachTokenOfTheTargetIsPredictedByTheOneBefore() {
        LabelledTokens example = data(24, List.of(pair("the fox", "over do !")), List.of())
                .training()
                .get(0);
        int[] ids = example.texts().get(0).ids();
        assertArrayEquals(
                TOKENIZER
                        .encode("the fox", "over do !", new EncodeOptions(24, true, true))
                        .ids(),
                ids);
        assertArrayEquals(
                new int[] {0, 0, 0, 0, 1, 1, 1, 1}, example.texts().get(0).typeIds());
        assertEquals(4, example.prefix());
        assertArrayEquals(new int[] {3, 4, 5, 6}, example.targets().rows());
        assertArrayEquals(
                Arrays.copyOfRange(ids, 4, ids.length), example.targets().labels());
        assertEquals(SEP, ids[ids.length - 1]);
        LabelledTokens empty =
                data(24, List.of(pair("the", "")), List.of()).training().get(0);
        assertArrayEquals(new int[] {2}, empty.targets().rows(), "an empty target ends at once");
        assertArrayEquals(new int[] {SEP}, empty.targets().labels());
    }

    /** A target that is cut does not end there. */
    @Test
    void whatIsTooLongIsCutAndCounted() {
        SequenceToSequenceData both =
                data(9, List.of(pair("the quick brown fox", "over the lazy dog"), pair("fox", "dog")), List.of());
        LabelledTokens cut = both.training().get(0);
        assertArrayEquals(
                TOKENIZER
                        .encode("the quick brown", "over the lazy", new EncodeOptions(9, true, true))
                        .ids(),
                cut.texts().get(0).ids());
        assertArrayEquals(new int[] {4, 5, 6}, cut.targets().rows());
        assertArrayEquals(TOKENIZER.ids("over the lazy"), cut.targets().labels());
        assertEquals("1 of 2 sources and 1 targets are cut", both.trainingRemarks());
        assertEquals(3, both.targetTokens());
        // A short source leaves its room to the target, and the other way round.
        SequenceToSequenceData targets = data(9, List.of(pair("fox", "over the lazy dog do not")), List.of());
        assertEquals("1 of 1 targets are cut", targets.trainingRemarks());
        assertEquals(5, targets.targetTokens());
        SequenceToSequenceData sources = data(9, List.of(pair("over the lazy dog do not", "fox")), List.of());
        assertEquals("1 of 1 sources are cut", sources.trainingRemarks());
        assertEquals(1, sources.targetTokens());
        assertEquals("", data(13, both.heldOut(), List.of(pair("", ""))).heldOutRemarks());
        List<Labelled<InputText, String>> pairs = List.of(pair("fox", "dog"));
        assertThrows(IllegalArgumentException.class, () -> data(4, pairs, List.of()));
    }

    /** What is learnt of a target is what is written for its source: the same cut, the same tokens. */
    @Test
    void aPromptIsTheSourceOfItsExample() {
        RewritingEncoder encoder = new RewritingEncoder(TOKENIZER, 3, 2);
        for (String source : List.of("", "the", "the quick brown", "the quick brown fox")) {
            Prompt alone = encoder.encode(source);
            RewritingEncoder.Pair pair = encoder.encode(source, "over the dog");
            assertArrayEquals(Arrays.copyOf(pair.tokens().ids(), pair.prefix()), alone.ids());
            assertEquals(pair.prefix(), alone.prefix());
            assertEquals(source.endsWith("fox"), pair.sourceCut());
            assertTrue(pair.targetCut());
        }
    }

    private static Bert model(LabelledData data, int hidden, Kernels kernels) {
        BertConfig config = BertConfig.builder(TOKENIZER.vocabulary().size())
                .hiddenSize(hidden)
                .numHiddenLayers(2)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(24)
                .dropout(0)
                .isDecoder(true)
                .build();
        Bert model = new Bert(config, List.of(data.head().head()), kernels);
        model.initialize(5);
        return model;
    }

    /** The loss of each target token by itself, from the scores after all tokens before it. */
    private static double recomputed(Bert model, List<LabelledTokens> examples) {
        double loss = 0;
        try (Decoding decoding = model.decoding(model.heads().get(0), false)) {
            for (LabelledTokens example : examples) {
                int[] ids = example.texts().get(0).ids();
                decoding.begin(List.of(Prompt.source(Arrays.copyOf(ids, example.prefix()))));
                for (int label : example.targets().labels()) {
                    double[] scores = decoding.scores().toDoubleVector();
                    double sum = Arrays.stream(scores).map(Math::exp).sum();
                    loss += Math.log(sum) - scores[label];
                    decoding.append(label);
                }
            }
        }
        return loss;
    }

    @Test
    void theLossIsThatOfTheTargetAlonePackedOrNot() {
        List<Labelled<InputText, String>> pairs = random(16, 3);
        SequenceToSequenceData data = data(12, pairs, List.of());
        List<LabelledTokens> examples = data.training();
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = model(data, 16, kernels);
                TrainingPass pass = model.trainingPass(16, 24, 200)) {
            ExamplePacker packer = new ExamplePacker(24, TOKENIZER.vocabulary().padId(), model.config());
            Batch packed = packer.pack(examples);
            assertTrue(packed.rows() < examples.size() / 2 + 1, packed.toString());
            double plain = recomputed(model, examples);
            assertTrue(plain > 50, "there is a loss");
            LossSum loss = pass.loss(packed).read().get(0);
            assertEquals(plain, loss.sum(), 1e-9);
            double alone = 0;
            for (LabelledTokens example : examples) {
                alone += pass.loss(packer.pack(List.of(example))).read().get(0).sum();
            }
            assertEquals(plain, alone, 1e-9);
        }
    }

    @Test
    void aModelLearnsToRewriteAndItsDirectoryDoesToo() {
        List<Labelled<InputText, String>> all = reversed(340, 1);
        SequenceToSequenceData data = data(TinyRuns.SEQ_LEN, all.subList(0, 300), all.subList(300, 340));
        try (Bert model = TinyRuns.model(data, TOKENIZER)) {
            Evaluation evaluation = TinyRuns.train(model, data, TOKENIZER, 20);
            assertEquals(1.0, evaluation.metrics().get("exact"), evaluation.toString());
            assertEquals(100.0, evaluation.metrics().get("chrf"), 1e-9);
            assertTrue(evaluation.score("prefix-lm").orElseThrow().loss() < 0.1, evaluation.toString());
            assertTrue(data.baseline().metrics().get("exact") < 0.3, "few are palindromes");
            ModelDirectory.writeFineTuned(directory, model, data.head(), TOKENIZER, Map.of());
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert read = stored.readFineTuned(TinyRuns.KERNELS);
                    Generator generator = new Generator(read, stored.tokenizer())) {
                assertEquals(data.head(), stored.taskHead().orElseThrow());
                assertEquals(
                        "dog quick the",
                        generator
                                .generate(
                                        "the quick dog",
                                        GenerationConfig.builder().build())
                                .get(0)
                                .text());
                List<Prompt> cut = List.of(new RewritingEncoder(TOKENIZER, 3, 3).encode("the quick dog fox fox"));
                assertEquals(
                        "dog quick the",
                        generator
                                .rewrite(cut, GenerationConfig.builder().build())
                                .get(0)
                                .get(0)
                                .text());
                List<Prompt> full = List.of(Prompt.source(new int[TinyRuns.SEQ_LEN]));
                GenerationConfig config = GenerationConfig.builder().build();
                assertThrows(TextRefusedException.class, () -> generator.rewrite(full, config));
            }
        }
    }

    @Test
    void textsAreScoredInTheCaseThatTheModelWrites() {
        List<String> right = List.of("The Fox.", "dogs do not", "a");
        List<String> written = List.of("the fox. ", "dogs do", "");
        WrittenTexts lower = new WrittenTexts(right, written, BleuTokenizer.V13A, true);
        assertEquals(1 / 3.0, lower.metrics().get("exact"));
        List<String> asCompared = right.stream().map(String::toLowerCase).toList();
        assertEquals(
                Bleu.of(asCompared, written, BleuTokenizer.V13A).score(),
                lower.metrics().get("bleu"));
        assertEquals(ChrF.of(asCompared, written).score(), lower.metrics().get("chrf"));
        WrittenTexts cased = new WrittenTexts(right, written, BleuTokenizer.V13A, false);
        assertEquals(0.0, cased.metrics().get("exact"));
        assertEquals(1.0, lower.metrics(new int[] {0, 0}).get("exact"));
    }

    @Test
    void theBaselineCopiesAndTheTablesShowTheWorstTexts() {
        List<Labelled<InputText, String>> heldOut = List.of(
                pair("the fox", "the fox"), pair("quick", "dog"), pair("brown dog", "brown fox"), pair("do", "do"));
        SequenceToSequenceData data = data(24, heldOut, heldOut);
        HeldOutAnswers baseline = data.baseline();
        assertEquals(Baseline.COPIED_SOURCE, data.baselineKind());
        assertEquals(0.5, baseline.metrics().get("exact"));
        List<ResultTable> tables = data.tables(baseline);
        assertEquals(
                List.of(
                        "Scores by the length of the right text",
                        "First texts",
                        "Worst errors: texts with the lowest chrF"),
                tables.stream().map(ResultTable::title).toList());
        assertEquals(
                List.of("2 to 2", "1.000", "100.0", "0.0", "100 %", "1"),
                tables.get(0).rows().get(0));
        assertEquals(4, tables.get(1).rows().size());
        assertEquals(
                List.of("dog", "quick", "0.0", "quick"), tables.get(2).rows().get(0));
        assertEquals(2, tables.get(2).rows().size());
    }

    private static FineTuningTask task(Bert model, LabelledData data) {
        return new FineTuningTask(
                model,
                FineTuningConfig.of(8, TinyRuns.SEQ_LEN),
                data,
                TOKENIZER.vocabulary().padId());
    }

    private float[] run(SequenceToSequenceData data, CheckpointStore store, long stopAfter, List<Evaluation> heard) {
        TrainingConfig config = TrainingConfig.builder()
                .epochs(2)
                .learningRate(1e-2)
                .evaluateEvery(4)
                .saveEvery(3)
                .selection(new ModelSelection("chrf", true, 0, 0))
                .build();
        try (Bert model = TinyRuns.model(data, TOKENIZER);
                Trainer trainer = new Trainer(task(model, data), config, store)) {
            trainer.resume();
            trainer.listen(new TrainingListener() {
                @Override
                public void onStep(StepReport report) {
                    if (report.step() == stopAfter) {
                        trainer.requestStop();
                    }
                }

                @Override
                public void onEvaluation(long step, Evaluation evaluation) {
                    heard.add(evaluation);
                }
            });
            trainer.run();
            return model.parameters().values().flat().toFloatVector();
        }
    }

    @Test
    void aRunThatIsResumedIsTheWholeOne() {
        SequenceToSequenceData data = data(TinyRuns.SEQ_LEN, random(60, 7), random(20, 8));
        List<Evaluation> whole = new ArrayList<>();
        float[] weights = run(data, new CheckpointStore(directory.resolve("whole"), 1), 0, whole);
        List<Evaluation> parts = new ArrayList<>();
        CheckpointStore store = new CheckpointStore(directory.resolve("parts"), 1);
        run(data, store, 5, parts);
        assertArrayEquals(weights, run(data, store, 0, parts));
        assertEquals(
                whole.stream().map(Evaluation::metrics).toList(),
                parts.stream().map(Evaluation::metrics).toList());
        assertTrue(whole.size() > 2);
    }

    /** A checkpoint knows which part of the tokens is the source. */
    @Test
    void theChecksumOfExamplesHasThePrefix() {
        LabelledTokens example =
                data(24, List.of(pair("the fox", "dog")), List.of()).training().get(0);
        String sum = ExamplesChecksum.of(List.of(example));
        for (int other : new int[] {LabelledTokens.OF_MODEL, 0, example.prefix() - 1}) {
            LabelledTokens changed = new LabelledTokens(example.texts(), example.targets(), other);
            assertNotEquals(sum, ExamplesChecksum.of(List.of(changed)));
        }
        assertThrows(IllegalArgumentException.class, () -> new LabelledTokens(example.texts(), example.targets(), 99));
    }
}
