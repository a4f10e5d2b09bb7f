package io.github.cloze4j.pretrain;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.InferencePass;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Evaluator;
import io.github.cloze4j.train.MicroBatch;
import io.github.cloze4j.train.PassMicroBatch;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class NextSentenceTrainingTest {
    private static final int TOPICS = 4;
    private static final int WORDS_OF_A_TOPIC = 8;
    private static final int VOCABULARY = SyntheticData.FIRST_WORD + TOPICS * WORDS_OF_A_TOPIC;
    private static final int SEQ_LEN = 20;
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    @TempDir
    private Path directory;

    /** Documents whose sentences are of one topic; each sentence has two words of it, the later the higher. */
    private static TokenDocuments documents(long seed, int count) {
        RandomStream random = new RandomStream(seed, 1, 2, 3);
        List<List<int[]>> documents = new ArrayList<>();
        for (int document = 0; document < count; document++) {
            int topic = document % TOPICS;
            List<int[]> sentences = new ArrayList<>();
            for (int sentence = 0; sentence < 4; sentence++) {
                int lowest = SyntheticData.FIRST_WORD + topic * WORDS_OF_A_TOPIC + 2 * sentence;
                sentences.add(IntStream.range(0, 4)
                        .map(word -> lowest + random.nextInt(2))
                        .toArray());
            }
            documents.add(sentences);
        }
        return TokenDocuments.ofSentences(VOCABULARY, documents);
    }

    private static PretrainingData data(int workers) {
        return new PretrainingData(documents(1, 200), documents(2, 80), SyntheticData.vocabulary(VOCABULARY), workers);
    }

    private static PretrainingConfig.Builder rows(Objective objective) {
        return PretrainingConfig.builder().batchSize(8).seqLen(SEQ_LEN).seed(7).objective(objective);
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder().steps(8);
    }

    private static Trainer trainer(
            Bert model,
            PretrainingConfig rows,
            TrainingConfig config,
            PretrainingData data,
            @Nullable CheckpointStore store) {
        return new Trainer(new PretrainingTask(model, rows, data), config, store);
    }

    private static Bert model(double dropout, Objective objective) {
        BertConfig shape = new BertConfig(
                VOCABULARY,
                32,
                2,
                2,
                64,
                Activation.GELU,
                dropout,
                dropout,
                SEQ_LEN,
                2,
                0.05,
                1e-12,
                true,
                null,
                false);
        Bert model = new Bert(shape, PretrainingHeads.of(objective), KERNELS);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    private static float[] values(Bert model) {
        return model.parameters().values().flat().toFloatVector();
    }

    private static TrainingListener remember(List<StepReport> reports) {
        return new TrainingListener() {
            @Override
            public void onStep(StepReport report) {
                reports.add(report);
            }
        };
    }

    private static List<Score> scores(List<StepReport> reports, String loss) {
        return reports.stream()
                .map(report -> Optional.ofNullable(report.scores().get(loss)).orElseThrow())
                .toList();
    }

    private static float[] train(
            PretrainingConfig rows, TrainingConfig config, int workers, double dropout, List<StepReport> reports) {
        try (Bert model = model(dropout, rows.objectives().last());
                Trainer trainer = trainer(model, rows, config, data(workers), null)) {
            trainer.listen(remember(reports)).run();
            return values(model);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Objective.class,
            names = {"MLM_NSP", "MLM_SOP"})
    void pairsOfUnseenDocumentsAreToldApart(Objective objective) {
        PretrainingConfig rows = rows(objective).batchSize(32).build();
        TrainingConfig config = config().steps(300).learningRate(3e-3).build();
        try (Bert model = model(0, objective);
                Trainer trainer = trainer(model, rows, config, data(1), null)) {
            Evaluation evaluation = trainer.run().evaluation();

            assertNotNull(evaluation);
            Score score = evaluation.score(loss(objective)).orElseThrow();
            System.out.println(objective + ": " + evaluation);
            double chance = shareOfTheMoreFrequentLabel(objective);
            assertTrue(score.accuracy() > chance + 0.1, score + ", chance " + chance);
            assertTrue(score.loss() < 0.55, score.toString());
        }
    }

    /** The name of the loss of an objective's pairs. */
    private static String loss(Objective objective) {
        return objective == Objective.MLM_NSP ? "nsp" : "sop";
    }

    private static double shareOfTheMoreFrequentLabel(Objective objective) {
        int pairs = 0;
        int notNext = 0;
        for (Targets labelled : pairs(objective)) {
            pairs += labelled.count();
            notNext += Arrays.stream(labelled.labels()).sum();
        }
        return Math.max(notNext, pairs - notNext) / (double) pairs;
    }

    /** The held-out pairs of each batch that a model is scored on. */
    private static List<Targets> pairs(Objective objective) {
        List<Targets> pairs = new ArrayList<>();
        HeldOutBatches heldOut = heldOut(objective);
        try (Bert model = model(0, objective);
                TrainingPass pass = model.trainingPass(8, SEQ_LEN, heldOut.maxTargets())) {
            for (MicroBatch batch : heldOut.all(pass)) {
                pairs.add(((PassMicroBatch) batch).batch().targets().get(1));
            }
        }
        return pairs;
    }

    private static HeldOutBatches heldOut(Objective objective) {
        return new HeldOutBatches(documents(2, 80), SyntheticData.vocabulary(VOCABULARY), 8, SEQ_LEN, 0, objective);
    }

    @Test
    void anUntrainedModelGuesses() {
        HeldOutBatches heldOut = heldOut(Objective.MLM_SOP);
        try (Bert model = model(0, Objective.MLM_SOP);
                TrainingPass pass = model.trainingPass(8, SEQ_LEN, heldOut.maxTargets())) {
            Evaluator evaluator = new Evaluator(model.losses(), heldOut.all(pass));
            Evaluation first = evaluator.evaluate();
            Score score = first.score("sop").orElseThrow();

            assertEquals(Math.log(2), score.loss(), 0.1);
            assertTrue(score.count() >= 80, score.toString());
            assertEquals(first, evaluator.evaluate(), "the same pairs every time");
        }
        HeldOutBatches withoutPairs = heldOut(Objective.MLM);
        try (Bert model = model(0, Objective.MLM);
                TrainingPass pass = model.trainingPass(8, SEQ_LEN, withoutPairs.maxTargets())) {
            Evaluation evaluation = new Evaluator(model.losses(), withoutPairs.all(pass)).evaluate();
            assertEquals(
                    Set.of(LanguageModelHead.MASKED_LOSS), evaluation.scores().keySet());
        }
    }

    @Test
    void theSameSettingsGiveTheSameBitsWithAnyNumberOfDataWorkers() {
        List<StepReport> reports = new ArrayList<>();
        float[] first = train(rows(Objective.MLM_NSP).build(), config().build(), 0, 0.1, reports);
        for (int workers : new int[] {1, 3}) {
            List<StepReport> again = new ArrayList<>();
            assertArrayEquals(first, train(rows(Objective.MLM_NSP).build(), config().build(), workers, 0.1, again));
            assertEquals(scores(reports, "nsp"), scores(again, "nsp"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void aResumedRunIsTheUninterruptedOneToTheLastBit(int stoppedAfter) {
        List<StepReport> whole = new ArrayList<>();
        PretrainingConfig rows = rows(Objective.MLM_SOP).build();
        TrainingConfig config = config().build();
        float[] expected = train(rows, config, 0, 0.1, whole);

        List<StepReport> parts = new ArrayList<>();
        CheckpointStore store = new CheckpointStore(directory, 2);
        try (Bert model = model(0.1, Objective.MLM_SOP);
                Trainer trainer = trainer(model, rows, config, data(2), store)) {
            trainer.listen(remember(parts)).listen(new TrainingListener() {
                @Override
                public void onStep(StepReport report) {
                    if (report.step() == stoppedAfter) {
                        trainer.requestStop();
                    }
                }
            });
            assertTrue(trainer.run().stopped());
        }
        try (Bert model = model(0.1, Objective.MLM_SOP);
                Trainer trainer = trainer(model, rows, config, data(1), store)) {
            assertEquals(Optional.of((long) stoppedAfter), trainer.resume());
            trainer.listen(remember(parts)).run();

            assertEquals(scores(whole, "sop"), scores(parts, "sop"));
            assertArrayEquals(expected, values(model));
        }
        try (Bert model = model(0.1, Objective.MLM_NSP);
                Trainer trainer = trainer(model, rows(Objective.MLM_NSP).build(), config, data(0), store)) {
            String message = assertThrows(IllegalArgumentException.class, trainer::resume)
                    .getMessage();
            assertTrue(message.contains("objective mlm-sop") && message.contains("mlm-nsp"), message);
        }
    }

    @Test
    void accumulatedStepsAreThoseOfOneLargeBatchForBothLosses() {
        List<StepReport> large = new ArrayList<>();
        List<StepReport> accumulated = new ArrayList<>();
        float[] expected = train(rows(Objective.MLM_NSP).build(), config().build(), 0, 0, large);
        float[] received = train(
                rows(Objective.MLM_NSP).batchSize(2).build(),
                config().accumulate(4).build(),
                0,
                0,
                accumulated);

        for (int i = 0; i < large.size(); i++) {
            Score one = scores(large, "nsp").get(i);
            Score parts = scores(accumulated, "nsp").get(i);
            // Sums in another order: float rounding is all that may differ.
            double masked = scores(large, LanguageModelHead.MASKED_LOSS).get(i).loss();
            assertEquals(
                    masked,
                    scores(accumulated, LanguageModelHead.MASKED_LOSS).get(i).loss(),
                    1e-5 * masked);
            assertEquals(one.loss(), parts.loss(), 1e-5 * one.loss());
            assertEquals(one.count(), parts.count());
        }
        assertArrayEquals(expected, received, 1e-4f);
    }

    @Test
    void aPairDoesNotSeeItsNeighboursInTheRow() {
        try (Bert model = model(0, Objective.MLM_NSP);
                InferencePass pass = model.inferencePass()) {
            int[] ids = {2, 5, 6, 3, 7, 8, 3, 2, 9, 3, 10, 11, 12, 3, 0, 0, 0, 0, 0, 0};
            float[] before = scores(model, pass, twoPairs(ids));
            int[] other = ids.clone();
            other[1] = 20;
            other[4] = 21;
            float[] after = scores(model, pass, twoPairs(other));

            assertTrue(before[0] != after[0] && before[1] != after[1], "the first pair has changed");
            assertArrayEquals(Arrays.copyOfRange(before, 2, 4), Arrays.copyOfRange(after, 2, 4));
        }
    }

    /** Both answers of the first pair, and both of the second. */
    private static float[] scores(Bert model, InferencePass pass, Batch batch) {
        float[] scores = new float[4];
        pass.scores(batch, batch.targets().get(1).rows(), model.requireHead("nsp"), (firstRow, part) -> {
            float[] read = part.reshape(part.length()).toFloatVector();
            System.arraycopy(read, 0, scores, 2 * firstRow, read.length);
        });
        return scores;
    }

    /** Tokens [0, 7) and [7, 14). */
    private static Batch twoPairs(int[] ids) {
        return new Batch(
                1,
                SEQ_LEN,
                ids,
                new int[] {0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0},
                new int[] {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5},
                Documents.bidirectional(new int[] {0, 7, 14, 20}),
                14,
                List.of(new Targets(new int[] {1}, new int[] {5}), new Targets(new int[] {0, 7}, new int[] {0, 1})));
    }

    @Test
    void modelAndObjectiveMustFit() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        try (Bert without = new Bert(shape, List.of(LanguageModelHead.MASKED), KERNELS);
                Bert with = model(0, Objective.MLM_NSP)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> trainer(without, rows(Objective.MLM_NSP).build(), config().build(), data(0), null));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> trainer(with, rows(Objective.MLM).build(), config().build(), data(0), null));
            PretrainingConfig order = rows(Objective.MLM_SOP).build();
            PretrainingData data = data(0);
            String message = assertThrows(IllegalArgumentException.class, () -> new PretrainingTask(with, order, data))
                    .getMessage();
            assertTrue(message.contains("for the losses [mlm, sop]"), message);
            assertTrue(message.contains("Received: a model with heads for [mlm, nsp]"), message);
            PretrainingData lines = new PretrainingData(
                    SyntheticData.documents(VOCABULARY, 20, 9, 1), null, SyntheticData.vocabulary(VOCABULARY), 0);
            assertThrows(
                    CorpusException.class,
                    () -> trainer(with, rows(Objective.MLM_NSP).build(), config().build(), lines, null));
        }
    }

    @Test
    void pairsNeedTwoTokenTypes() {
        BertConfig shape = new BertConfig(
                VOCABULARY, 32, 1, 2, 64, Activation.GELU, 0, 0, SEQ_LEN, 1, 0.05, 1e-12, true, null, false);
        try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED, ClassifierHead.ofPairs("nsp")), KERNELS)) {
            PretrainingConfig rows = rows(Objective.MLM_SOP).build();
            PretrainingData data = data(0);
            String message = assertThrows(IllegalArgumentException.class, () -> new PretrainingTask(model, rows, data))
                    .getMessage();
            assertTrue(message.contains("Expected a model with 2 token types, for pairs"), message);
        }
    }
}
