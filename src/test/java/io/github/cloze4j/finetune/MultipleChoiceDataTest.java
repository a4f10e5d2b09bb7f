package io.github.cloze4j.finetune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.Choices;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.inference.ChoiceAnswerer;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.ResultTable;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Texts with choices as examples, and a model that learns to choose. */
class MultipleChoiceDataTest {
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
    private static final List<String> WORDS = List.of("the", "quick", "brown", "over", "lazy", "do");
    private static final int MAX_TOKENS = 16;

    @TempDir
    private Path directory;

    private static Labelled<Choices, Integer> record(String text, int right, String... choices) {
        return new Labelled<>(new Choices(text, List.of(choices), new SourceLine("toy.csv", 3)), right);
    }

    /** Three choices; the right one has a fox, the others have none. */
    private static List<Labelled<Choices, Integer>> records(int count, long seed) {
        Random random = new Random(seed);
        List<Labelled<Choices, Integer>> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int right = random.nextInt(3);
            String[] choices = new String[3];
            for (int choice = 0; choice < choices.length; choice++) {
                choices[choice] = words(random) + (choice == right ? " fox " : " dog ") + words(random);
            }
            records.add(record(words(random), right, choices));
        }
        return records;
    }

    private static String words(Random random) {
        return random.ints(random.nextInt(4), 0, WORDS.size())
                .mapToObj(WORDS::get)
                .reduce("", (a, b) -> a + " " + b);
    }

    private static MultipleChoiceData data(List<Labelled<Choices, Integer>> records) {
        return new MultipleChoiceData(TOKENIZER, MAX_TOKENS, records, records);
    }

    @Test
    void aModelLearnsAndItsDirectoryGivesTheSameAnswers() {
        MultipleChoiceData data = new MultipleChoiceData(TOKENIZER, MAX_TOKENS, records(150, 1), records(60, 2));
        BertConfig config = BertConfig.builder(TOKENIZER.vocabulary().size())
                .hiddenSize(32)
                .numHiddenLayers(1)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(MAX_TOKENS)
                .build();
        try (Bert model = new Bert(config, List.of(data.head().head()), KERNELS)) {
            model.initialize(5);
            Evaluation evaluation = trained(model, data);
            assertEquals(1.0, evaluation.metrics().get("accuracy"), evaluation.toString());
            assertEquals(1.0, evaluation.metrics().get("mrr"), evaluation.toString());
            ModelDirectory.writeFineTuned(directory, model, data.head(), TOKENIZER, Map.of());
            List<ChoiceAnswerer.Query> queries = List.of(
                    new ChoiceAnswerer.Query("the quick", List.of("lazy dog", "brown fox")),
                    new ChoiceAnswerer.Query("", List.of("fox", "dog", "do", "the")));
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert read = stored.readFineTuned(KERNELS);
                    ChoiceAnswerer after = new ChoiceAnswerer(read, stored.tokenizer(), MAX_TOKENS);
                    ChoiceAnswerer before = new ChoiceAnswerer(model, TOKENIZER, MAX_TOKENS)) {
                assertEquals(
                        List.of("brown fox", "fox"),
                        after.choose(queries).stream()
                                .map(answer -> answer.choices().get(0).label())
                                .toList());
                assertEquals(before.choose(queries), after.choose(queries));
            }
        }
    }

    private static Evaluation trained(Bert model, LabelledData data) {
        FineTuningTask task = new FineTuningTask(
                model,
                FineTuningConfig.of(8, MAX_TOKENS),
                data,
                TOKENIZER.vocabulary().padId());
        TrainingConfig config =
                TrainingConfig.builder().epochs(6).learningRate(3e-3).build();
        try (Trainer trainer = new Trainer(task, config, null)) {
            return Objects.requireNonNull(trainer.run().evaluation());
        }
    }

    @Test
    void anExampleHasAllChoicesAndScoresAtTheirBeginnings() {
        MultipleChoiceData data = data(List.of(record("the fox", 1, "jumps", "do not")));
        LabelledTokens example = data.training().get(0);
        assertEquals(2, example.texts().size());
        // [CLS] the fox [SEP] jump ##s [SEP]
        assertEquals(7, example.texts().get(0).ids().length);
        assertArrayEquals(new int[] {0, 7}, example.targets().rows());
        assertArrayEquals(new int[] {1}, example.targets().labels());
        assertEquals(1, example.targets().answers());
        assertEquals("", data.longTraining().toString());
        String many = "the quick brown ".repeat(8);
        assertEquals(
                "1 of 2 texts are cut",
                data(List.of(record("the fox", 1, many, "do not")))
                        .longTraining()
                        .toString());
    }

    @Test
    void theBaselineChoosesTheMostFrequentNumber() {
        MultipleChoiceData data =
                data(List.of(record("the", 1, "a", "b"), record("the", 1, "a", "b"), record("the", 0, "a", "b")));
        assertEquals(2.0 / 3, data.baseline().metrics().get("accuracy"), 1e-12);
        assertEquals(2.5 / 3, data.baseline().metrics().get("mrr"), 1e-12);
    }

    @Test
    void ofEqualScoresTheFirstIsChosenAndTheRankIsTheLowest() {
        ChoiceAnswers answers = new ChoiceAnswers(new int[] {0, 1}, new double[][] {{1, 1}, {0, 2}});
        assertEquals(Map.of("accuracy", 1.0, "mrr", 0.75), answers.metrics());
    }

    @Test
    void theReportShowsRanksAndWorstErrors() {
        MultipleChoiceData data = data(List.of(record("the", 1, "a", "b"), record("fox", 0, "c", "d")));
        List<ResultTable> tables = data.tables(new ChoiceAnswers(new int[] {1, 0}, new double[][] {{0, 1}, {0, 2}}));
        assertEquals(
                List.of(List.of("1", "1"), List.of("2", "1")), tables.get(0).rows());
        assertEquals(List.of(List.of("c", "d", "0.881", "fox")), tables.get(1).rows());
    }

    @Test
    void recordsWithOtherChoicesAreRefused() {
        assertMessage(
                "toy.csv, line 3: Expected 2 choices, as many as the first record has. Received: 3. Add or remove some",
                List.of(record("the", 0, "a", "b"), record("the", 0, "a", "b", "c")));
        assertMessage(
                "toy.csv, line 3: Expected a right choice from 0 to 1. Received: 2. Correct the number",
                List.of(record("the", 2, "a", "b")));
    }

    private static void assertMessage(String message, List<Labelled<Choices, Integer>> records) {
        assertEquals(
                message,
                assertThrows(CorpusException.class, () -> data(records)).getMessage());
    }
}
