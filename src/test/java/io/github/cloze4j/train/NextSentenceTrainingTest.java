package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.data.MlmBatch;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.model.MlmPass;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.SyntheticData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
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

    private static TrainingData data(int workers) {
        return new TrainingData(documents(1, 200), documents(2, 80), SyntheticData.vocabulary(VOCABULARY), workers);
    }

    private static TrainingConfig.Builder config(Objective objective) {
        return TrainingConfig.builder()
                .batchSize(8)
                .seqLen(SEQ_LEN)
                .steps(8)
                .seed(7)
                .objective(objective);
    }

    private static BertForMaskedLm model(double dropout) {
        BertConfig shape = new BertConfig(
                VOCABULARY, 32, 2, 2, 64, Activation.GELU, dropout, dropout, SEQ_LEN, 2, 0.05, 1e-12, true);
        BertForMaskedLm model = new BertForMaskedLm(shape, true, KERNELS, DataType.FLOAT);
        model.initialize(3);
        return model;
    }

    private static float[] values(BertForMaskedLm model) {
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

    private static List<NextSentenceScore> scores(List<StepReport> reports) {
        return reports.stream()
                .map(report -> Optional.ofNullable(report.nextSentence()).orElseThrow())
                .toList();
    }

    private static float[] train(TrainingConfig config, int workers, double dropout, List<StepReport> reports) {
        try (BertForMaskedLm model = model(dropout);
                Trainer trainer = new Trainer(model, config, data(workers), null)) {
            trainer.listen(remember(reports)).run();
            return values(model);
        }
    }

    @ParameterizedTest
    @EnumSource(value = Objective.class, names = "MLM", mode = EnumSource.Mode.EXCLUDE)
    void pairsOfUnseenDocumentsAreToldApart(Objective objective) {
        TrainingConfig config =
                config(objective).batchSize(32).steps(300).learningRate(3e-3).build();
        try (BertForMaskedLm model = model(0);
                Trainer trainer = new Trainer(model, config, data(1), null)) {
            Evaluation evaluation = trainer.run().evaluation();

            assertNotNull(evaluation);
            NextSentenceScore score = evaluation.nextSentence();
            assertNotNull(score);
            System.out.println(objective + ": " + evaluation);
            double chance = shareOfTheMoreFrequentLabel(objective);
            assertTrue(score.accuracy() > chance + 0.1, score + ", chance " + chance);
            assertTrue(score.loss() < 0.55, score.toString());
        }
    }

    private static double shareOfTheMoreFrequentLabel(Objective objective) {
        int pairs = 0;
        int notNext = 0;
        for (MlmBatch batch :
                Evaluator.batches(documents(2, 80), SyntheticData.vocabulary(VOCABULARY), 8, SEQ_LEN, 0, objective)) {
            pairs += batch.pairs();
            notNext += Arrays.stream(batch.pairLabels()).sum();
        }
        return Math.max(notNext, pairs - notNext) / (double) pairs;
    }

    @Test
    void anUntrainedModelGuesses() {
        try (BertForMaskedLm model = model(0);
                MlmPass pass = model.plan(8, SEQ_LEN, 8 * SEQ_LEN)) {
            Evaluator evaluator = new Evaluator(Evaluator.batches(
                    documents(2, 80), SyntheticData.vocabulary(VOCABULARY), 8, SEQ_LEN, 0, Objective.MLM_SOP));
            Evaluation first = evaluator.evaluate(pass);
            NextSentenceScore score = first.nextSentence();

            assertNotNull(score);
            assertEquals(Math.log(2), score.loss(), 0.1);
            assertTrue(score.pairs() >= 80, score.toString());
            assertEquals(first, evaluator.evaluate(pass), "the same pairs every time");
            Evaluator withoutPairs = new Evaluator(
                    Evaluator.batches(documents(2, 80), SyntheticData.vocabulary(VOCABULARY), 8, SEQ_LEN, 0));
            assertNull(withoutPairs.evaluate(pass).nextSentence());
        }
    }

    @Test
    void theSameSettingsGiveTheSameBitsWithAnyNumberOfDataWorkers() {
        List<StepReport> reports = new ArrayList<>();
        float[] first = train(config(Objective.MLM_NSP).build(), 0, 0.1, reports);
        for (int workers : new int[] {1, 3}) {
            List<StepReport> again = new ArrayList<>();
            assertArrayEquals(first, train(config(Objective.MLM_NSP).build(), workers, 0.1, again));
            assertEquals(scores(reports), scores(again));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void aResumedRunIsTheUninterruptedOneToTheLastBit(int stoppedAfter) {
        List<StepReport> whole = new ArrayList<>();
        TrainingConfig config = config(Objective.MLM_SOP).build();
        float[] expected = train(config, 0, 0.1, whole);

        List<StepReport> parts = new ArrayList<>();
        CheckpointStore store = new CheckpointStore(directory, 2);
        try (BertForMaskedLm model = model(0.1);
                Trainer trainer = new Trainer(model, config, data(2), store)) {
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
        try (BertForMaskedLm model = model(0.1);
                Trainer trainer = new Trainer(model, config, data(1), store)) {
            assertEquals(Optional.of((long) stoppedAfter), trainer.resume());
            trainer.listen(remember(parts)).run();

            assertEquals(scores(whole), scores(parts));
            assertArrayEquals(expected, values(model));
        }
        try (BertForMaskedLm model = model(0.1);
                Trainer trainer = new Trainer(model, config(Objective.MLM_NSP).build(), data(0), store)) {
            String message = assertThrows(IllegalArgumentException.class, trainer::resume)
                    .getMessage();
            assertTrue(message.contains("objective MLM_SOP") && message.contains("MLM_NSP"), message);
        }
    }

    @Test
    void accumulatedStepsAreThoseOfOneLargeBatchForBothLosses() {
        List<StepReport> large = new ArrayList<>();
        List<StepReport> accumulated = new ArrayList<>();
        float[] expected = train(config(Objective.MLM_NSP).build(), 0, 0, large);
        float[] received =
                train(config(Objective.MLM_NSP).batchSize(2).accumulate(4).build(), 0, 0, accumulated);

        for (int i = 0; i < large.size(); i++) {
            NextSentenceScore one = scores(large).get(i);
            NextSentenceScore parts = scores(accumulated).get(i);
            // Sums in another order: float rounding is all that may differ.
            assertEquals(
                    large.get(i).loss(),
                    accumulated.get(i).loss(),
                    1e-5 * large.get(i).loss());
            assertEquals(one.loss(), parts.loss(), 1e-5 * one.loss());
            assertEquals(one.pairs(), parts.pairs());
        }
        assertArrayEquals(expected, received, 1e-4f);
    }

    @Test
    void aPairDoesNotSeeItsNeighboursInTheRow() {
        try (BertForMaskedLm model = model(0);
                MlmPass pass = model.plan(1, SEQ_LEN, SEQ_LEN)) {
            int[] ids = {2, 5, 6, 3, 7, 8, 3, 2, 9, 3, 10, 11, 12, 3, 0, 0, 0, 0, 0, 0};
            float[] before = pass.nextSentenceLogits(twoPairs(ids)).reshape(4).toFloatVector();
            int[] other = ids.clone();
            other[1] = 20;
            other[4] = 21;
            float[] after = pass.nextSentenceLogits(twoPairs(other)).reshape(4).toFloatVector();

            assertTrue(before[0] != after[0] && before[1] != after[1], "the first pair has changed");
            assertArrayEquals(Arrays.copyOfRange(before, 2, 4), Arrays.copyOfRange(after, 2, 4));
        }
    }

    /** Tokens [0, 7) and [7, 14). */
    private static MlmBatch twoPairs(int[] ids) {
        return new MlmBatch(
                1,
                SEQ_LEN,
                ids,
                new int[] {0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0},
                new int[] {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5},
                new int[] {0, 7, 14, 20},
                new int[] {1},
                new int[] {5},
                14,
                new int[] {0, 7},
                new int[] {0, 1});
    }

    @Test
    void modelAndObjectiveMustFit() {
        BertConfig shape = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(1)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        try (BertForMaskedLm without = new BertForMaskedLm(shape, KERNELS, DataType.FLOAT);
                BertForMaskedLm with = model(0)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Trainer(without, config(Objective.MLM_NSP).build(), data(0), null));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new Trainer(with, config(Objective.MLM).build(), data(0), null));
            TrainingData lines = new TrainingData(
                    SyntheticData.documents(VOCABULARY, 20, 9, 1), null, SyntheticData.vocabulary(VOCABULARY), 0);
            assertThrows(
                    CorpusException.class,
                    () -> new Trainer(with, config(Objective.MLM_NSP).build(), lines, null));
        }
    }

    @Test
    void pairsNeedTwoTokenTypes() {
        BertConfig shape =
                new BertConfig(VOCABULARY, 32, 1, 2, 64, Activation.GELU, 0, 0, SEQ_LEN, 1, 0.05, 1e-12, true);
        try (BertForMaskedLm model = new BertForMaskedLm(shape, true, KERNELS, DataType.FLOAT)) {
            TrainingConfig config = config(Objective.MLM_SOP).build();
            TrainingData data = data(0);
            String message = assertThrows(IllegalArgumentException.class, () -> new Trainer(model, config, data, null))
                    .getMessage();
            assertTrue(message.contains("two token types"), message);
        }
    }
}
