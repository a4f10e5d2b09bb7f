package io.github.cloze4j.finetune;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.finetune.metrics.MajorityBaseline;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.TaggedWords;
import io.github.cloze4j.inference.EntityTagger;
import io.github.cloze4j.inference.TaggedText;
import io.github.cloze4j.inference.TaggedWord;
import io.github.cloze4j.inference.TextWords;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.inference.WordEncoder;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.MetricGoal;
import io.github.cloze4j.train.ResultTable;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Sentences of words with a tag each. As in {@code run_ner.py} of {@code transformers}, the first piece of a word carries the word's
 * tag, and words are scored by their first pieces. Unlike there, long sentences lose nothing: they are read in windows, and each
 * word is trained and scored once, in the window in which it has most context.
 *
 * <p>{@link TaggingAnswers} has the metrics. A word of which nothing remains when it is normalized is no part of any score, as in
 * {@code run_ner.py}: entities are read as if the sentence did not have it. {@link #unreadTraining} and {@link #unreadValidation}
 * count these words.
 */
public final class TaggingData implements LabelledData {
    /** Sentences that are tagged between two looks at whether to stop. */
    private static final int SENTENCES_AT_A_TIME = 512;

    private final Labels labels;
    private final BertTokenizer tokenizer;
    private final TokenLimit limit;
    private final EncodedSentences training;
    private final EncodedSentences validation;
    private final List<TaggedWords> heldOut;

    /**
     * Encodes the sentences.
     *
     * @param labels the tags of the data or of a model
     * @param limit with an overlap: no sentence is cut
     * @param validation held-out sentences; may be empty
     * @throws io.github.cloze4j.CorpusException if a word has a tag that is none of these, naming the line of its sentence
     * @throws IllegalArgumentException if the limit cuts
     */
    public TaggingData(
            Labels labels,
            BertTokenizer tokenizer,
            TokenLimit limit,
            List<TaggedWords> training,
            List<TaggedWords> validation) {
        this.labels = labels;
        this.tokenizer = tokenizer;
        this.limit = limit;
        heldOut = List.copyOf(validation);
        WordEncoder encoder = new WordEncoder(tokenizer, limit);
        this.training = EncodedSentences.of(encoder, labels, training);
        this.validation = EncodedSentences.of(encoder, labels, validation);
    }

    @Override
    public TaskHead head() {
        return new TaskHead(TaskKind.TAGGING, labels.names());
    }

    @Override
    public List<LabelledTokens> training() {
        return training.examples();
    }

    @Override
    public List<LabelledTokens> validation() {
        return validation.examples();
    }

    /** How many sentences of the training data are read in windows. */
    public LongTexts longTraining() {
        return training.counts();
    }

    /** How many held-out sentences are read in windows. */
    public LongTexts longValidation() {
        return validation.counts();
    }

    /** Words of the training data of which nothing remains when they are normalized, so that nothing is learnt from them. */
    public int unreadTraining() {
        return training.unreadWords();
    }

    /** Held-out words of which nothing remains when they are normalized, so that they are not scored. */
    public int unreadValidation() {
        return validation.unreadWords();
    }

    @Override
    public String trainingRemarks() {
        return training.remarks();
    }

    @Override
    public String heldOutRemarks() {
        return validation.remarks();
    }

    /** The held-out sentences. */
    public List<TaggedWords> heldOut() {
        return heldOut;
    }

    @Override
    public Map<String, MetricGoal> metricGoals() {
        return validation.examples().isEmpty() ? Map.of() : Goals.higher(TaggingAnswers.metrics(labels.names()));
    }

    @Override
    public Optional<HeldOutAnswers> answers(Bert model, BooleanSupplier stop) {
        List<TextWords> sentences =
                heldOut.stream().map(EncodedSentences::input).toList();
        try (EntityTagger tagger = new EntityTagger(model, tokenizer, head(), limit)) {
            return HeldOutRecords.ask(sentences, SENTENCES_AT_A_TIME, stop, tagger::tagWords)
                    .map(this::scored);
        }
    }

    /**
     * Puts tags beside the right ones.
     *
     * @param answers the held-out sentences as they were tagged
     * @throws Cloze4jException if any word has a tag too few or too many
     */
    TaggingAnswers scored(List<TaggedText> answers) {
        requireEqual("sentences", heldOut.size(), answers.size());
        List<ReadWords> read = validation.read();
        List<List<TaggedWord>> tagged = answers.stream()
                .map(answer -> answer.words().stream()
                        .filter(word -> word.tag() != null)
                        .toList())
                .filter(words -> !words.isEmpty())
                .toList();
        requireEqual("sentences with tokens", read.size(), tagged.size());
        for (int i = 0; i < read.size(); i++) {
            requireEqual(
                    "words of the sentence at " + read.get(i).sentence().source(),
                    read.get(i).words().size(),
                    tagged.get(i).size());
        }
        return TaggingAnswers.of(labels.names(), gold(), tagged);
    }

    private List<List<String>> gold() {
        return validation.read().stream().map(ReadWords::tags).toList();
    }

    private static void requireEqual(String what, int expected, int received) {
        if (expected != received) {
            throw new Cloze4jException("Expected a tag for each of " + expected + " " + what + ". Received: " + received
                    + ". Tag the held-out sentences of this data");
        }
    }

    @Override
    public List<ResultTable> tables(HeldOutAnswers answers) {
        return answers instanceof TaggingAnswers tagging ? tagging.tables(this::inSentence) : List.of();
    }

    private String inSentence(int sentence, int word) {
        return validation.read().get(sentence).inSentence(word);
    }

    @Override
    public HeldOutAnswers baseline() {
        int[] learnt = training.examples().stream()
                .flatMapToInt(example -> Arrays.stream(example.targets().labels()))
                .toArray();
        String tag = labels.names().get(MajorityBaseline.classes(learnt, labels.size(), 1)[0]);
        return TaggingAnswers.ofTag(labels.names(), gold(), tag);
    }
}
