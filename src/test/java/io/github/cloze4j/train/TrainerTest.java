package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.DivergenceException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.checkpoint.TrainingCheckpoint;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.MaskingMethod;
import io.github.cloze4j.data.masking.MaskingStrategy;
import io.github.cloze4j.data.masking.PackedRow;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.optim.ScheduleKind;
import io.github.cloze4j.pretrain.HeldOutBatches;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

class TrainerTest {
    private static final int VOCABULARY = 50;
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    @TempDir
    private Path directory;

    private static TokenDocuments documents(long seed, int count) {
        return SyntheticData.documents(VOCABULARY, count, 12, seed);
    }

    private static PretrainingData data(int workers) {
        return new PretrainingData(documents(1, 60), documents(2, 20), SyntheticData.vocabulary(VOCABULARY), workers);
    }

    private static PretrainingConfig.Builder rows() {
        return PretrainingConfig.builder().batchSize(4).seqLen(16).seed(7);
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder().steps(10);
    }

    private static Trainer trainer(
            Bert model, TrainingConfig config, PretrainingData data, @Nullable CheckpointStore store) {
        return new Trainer(new PretrainingTask(model, rows().build(), data), config, store);
    }

    private static Trainer trainer(
            Bert model,
            PretrainingConfig rows,
            TrainingConfig config,
            PretrainingData data,
            @Nullable CheckpointStore store) {
        return new Trainer(new PretrainingTask(model, rows, data), config, store);
    }

    private static Bert model(double dropout) {
        Bert model = new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(2)
                        .hiddenSize(16)
                        .numAttentionHeads(2)
                        .dropout(dropout)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                KERNELS);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    private static float[] values(Bert model) {
        return model.parameters().values().flat().toFloatVector();
    }

    /** Trains and remembers the losses. */
    private static float[] train(TrainingConfig config, PretrainingData data, double dropout, List<Double> losses) {
        return train(rows().build(), config, data, dropout, losses);
    }

    private static float[] train(
            PretrainingConfig rows, TrainingConfig config, PretrainingData data, double dropout, List<Double> losses) {
        try (Bert model = model(dropout);
                Trainer trainer = trainer(model, rows, config, data, null)) {
            trainer.listen(remember(losses)).run();
            return values(model);
        }
    }

    private static TrainingListener remember(List<Double> losses) {
        return new TrainingListener() {
            @Override
            public void onStep(StepReport report) {
                losses.add(report.loss());
            }
        };
    }

    @Test
    void sixtyFourSentencesAreLearntByHeart() {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(8).seqLen(20).build();
        TrainingConfig config =
                TrainingConfig.builder().steps(150).learningRate(3e-3).build();
        // Sentence (a, b) is a b a b a b a b: what is masked follows from what is left.
        List<int[]> sentences = IntStream.range(0, 64)
                .mapToObj(i -> IntStream.range(0, 8)
                        .map(place -> 5 + (place % 2 == 0 ? i / 8 : 8 + i % 8))
                        .toArray())
                .toList();
        TokenDocuments documents = TokenDocuments.of(5 + 2 * 8, sentences);
        // Initial weights larger than BERT's, since the model is so much narrower.
        BertConfig shape = new BertConfig(
                documents.vocabularySize(),
                64,
                2,
                2,
                128,
                Activation.GELU,
                0,
                0,
                20,
                2,
                0.05,
                1e-12,
                true,
                null,
                false);
        try (Bert model = new Bert(shape, List.of(LanguageModelHead.MASKED), KERNELS)) {
            model.initialize(0, Initialization.NORMAL);
            try (Trainer trainer = trainer(
                    model,
                    rows,
                    config,
                    new PretrainingData(documents, documents, SyntheticData.vocabulary(documents.vocabularySize()), 0),
                    null)) {
                Evaluation evaluation = trainer.run().evaluation();
                assertNotNull(evaluation);
                Score score = evaluation.score(LanguageModelHead.MASKED_LOSS).orElseThrow();

                assertTrue(score.accuracy() > 0.95, evaluation.toString());
                assertTrue(score.loss() < 0.5, evaluation.toString());
            }
        }
    }

    @Test
    void theSameSettingsGiveTheSameBitsWithAnyNumberOfDataWorkers() {
        List<Double> losses = new ArrayList<>();
        float[] first = train(config().build(), data(0), 0.1, losses);
        for (int workers : new int[] {1, 3}) {
            List<Double> again = new ArrayList<>();
            assertArrayEquals(first, train(config().build(), data(workers), 0.1, again));
            assertEquals(losses, again);
        }
        List<Double> otherSeed = new ArrayList<>();
        train(rows().seed(8).build(), config().build(), data(0), 0.1, otherSeed);
        assertNotEquals(losses, otherSeed);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 9})
    void aResumedRunIsTheUninterruptedOneToTheLastBit(int stoppedAfter) {
        List<Double> whole = new ArrayList<>();
        float[] expected = train(config().build(), data(0), 0.1, whole);

        List<Double> parts = new ArrayList<>();
        CheckpointStore store = new CheckpointStore(directory, 2);
        try (Bert model = model(0.1);
                Trainer trainer = trainer(model, config().build(), data(2), store)) {
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
        try (Bert model = model(0.1);
                Trainer trainer = trainer(model, config().build(), data(1), store)) {
            assertEquals(Optional.of((long) stoppedAfter), trainer.resume());
            TrainingResult result = trainer.listen(remember(parts)).run();

            assertFalse(result.stopped());
            assertEquals(10, result.steps());
            assertEquals(whole, parts);
            assertArrayEquals(expected, values(model));
        }
    }

    @Test
    void validationWithoutDocumentsIsNamed() {
        PretrainingData held = data(0);
        PretrainingData none = new PretrainingData(
                held.training(), TokenDocuments.of(held.vocabulary().size(), List.of()), held.vocabulary(), 0);
        try (Bert model = model(0)) {
            String message = assertThrows(CorpusException.class, () -> trainer(model, config().build(), none, null))
                    .getMessage();
            assertTrue(message.contains("Expected documents for validation. Received: none"), message);
        }
    }

    @Test
    void withoutACheckpointThereIsNothingToResume() {
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config().build(), data(0), new CheckpointStore(directory, 1))) {
            assertEquals(Optional.empty(), trainer.resume());
        }
    }

    @Test
    void aResumeOnOtherDataOrAnotherModelIsRefusedAndChangesNothing() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config().steps(1).build(), data(0), store)) {
            trainer.run();
        }
        try (Bert model = model(0);
                Trainer trainer = trainer(model, rows().seed(8).build(), config().build(), data(0), store)) {
            float[] before = values(model);
            String message = assertThrows(IllegalArgumentException.class, trainer::resume)
                    .getMessage();
            assertTrue(message.contains("seed 7") && message.contains("8"), message);
            assertArrayEquals(before, values(model));
        }
        PretrainingData others = new PretrainingData(documents(3, 60), null, SyntheticData.vocabulary(VOCABULARY), 0);
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config().build(), others, store)) {
            float[] before = values(model);
            String message = assertThrows(IllegalArgumentException.class, trainer::resume)
                    .getMessage();
            assertTrue(
                    message.startsWith("Expected documents with checksum ")
                            && message.contains(", with which the run began. Received: "),
                    message);
            assertArrayEquals(before, values(model));
        }
        BertConfig other = BertConfig.builder(VOCABULARY)
                .numHiddenLayers(3)
                .hiddenSize(16)
                .numAttentionHeads(2)
                .build();
        try (Bert model = new Bert(other, List.of(LanguageModelHead.MASKED), KERNELS);
                Trainer trainer = trainer(model, config().build(), data(0), store)) {
            String message = assertThrows(CheckpointFormatException.class, trainer::resume)
                    .getMessage();
            assertTrue(message.contains("bert.encoder.layer.2"), message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"setting.mask_replace_probability", "setting.documents"})
    void aCheckpointOfAnEarlierVersionIsRefusedAndChangesNothing(String unknownThen) {
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config().steps(1).build(), data(0), store)) {
            trainer.run();
        }
        TrainingCheckpoint written = store.latest().orElseThrow();
        Map<String, String> state = new TreeMap<>(written.state());
        assertNotNull(state.remove(unknownThen));
        store.save(new TrainingCheckpoint(2, state, written.tensors()));
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config().build(), data(0), store)) {
            float[] before = values(model);
            String message = assertThrows(CheckpointFormatException.class, trainer::resume)
                    .getMessage();
            assertTrue(message.contains(unknownThen) && message.contains("version"), message);
            assertArrayEquals(before, values(model));
        }
    }

    @Test
    void everyModeIsARunOfItsOwnThatRepeats() {
        record Mode(PretrainingConfig.Builder rows, TrainingConfig.Builder config) {}
        Map<String, Mode> modes = new LinkedHashMap<>();
        modes.put("defaults", new Mode(rows(), config()));
        modes.put("optimizer", new Mode(rows(), config().optimizer(OptimizerKind.BERT)));
        modes.put("schedule", new Mode(rows(), config().schedule(ScheduleKind.LINEAR_GOOGLE)));
        modes.put("mask share", new Mode(rows().maskReplaceProbability(1).randomReplaceProbability(0), config()));
        modes.put("random share", new Mode(rows().maskReplaceProbability(0.5).randomReplaceProbability(0.5), config()));
        for (Masking masking : Masking.values()) {
            // The words of the synthetic corpus are one token each, so that there is nothing Chinese to join.
            if (masking != Masking.TOKEN && masking != Masking.CHINESE_WHOLE_WORD) {
                modes.put(masking.name(), new Mode(rows().masking(masking), config()));
            }
        }
        Set<String> parameters = new HashSet<>();
        modes.forEach((name, mode) -> {
            PretrainingConfig rows = mode.rows().build();
            TrainingConfig config = mode.config().build();
            float[] trained = train(rows, config, data(0), 0, new ArrayList<>());
            assertArrayEquals(trained, train(rows, config, data(2), 0, new ArrayList<>()), name);
            parameters.add(Arrays.toString(trained));
        });
        assertEquals(modes.size(), parameters.size());
    }

    /** Masks the tokens whose place in the row is a multiple of a number; a method as users write one. */
    private record EveryNth(String name, int n) implements MaskingMethod {
        @Override
        public MaskingStrategy strategy(double probability, Vocabulary vocabulary) {
            SpecialTokens specials = SpecialTokens.of(vocabulary);
            return new MaskingStrategy() {
                @Override
                public int maxMasked(int seqLen) {
                    return seqLen;
                }

                @Override
                public int[] choose(PackedRow row, RandomStream random) {
                    return IntStream.range(0, row.ids().length)
                            .filter(i -> i % n == 0 && !specials.contains(row.ids()[i]))
                            .toArray();
                }
            };
        }
    }

    @Test
    void aMaskingMethodOfOnesOwnIsTrainedWithAndARunIsResumedWithTheSameOnly() {
        PretrainingConfig everySecond =
                rows().masking(new EveryNth("every second", 2)).build();
        PretrainingConfig everyThird =
                rows().masking(new EveryNth("every third", 3)).build();
        TrainingConfig config = config().build();
        float[] second = train(everySecond, config, data(0), 0, new ArrayList<>());
        assertArrayEquals(second, train(everySecond, config, data(2), 0, new ArrayList<>()));
        assertFalse(Arrays.equals(second, train(everyThird, config, data(0), 0, new ArrayList<>())));

        CheckpointStore store = new CheckpointStore(directory, 5);
        try (Bert model = model(0);
                Trainer trainer = trainer(model, everySecond, config, data(0), store)) {
            trainer.run();
        }
        try (Bert model = model(0);
                Trainer trainer = trainer(model, everyThird, config, data(0), store)) {
            String message = assertThrows(IllegalArgumentException.class, trainer::resume)
                    .getMessage();
            assertTrue(message.contains("masking every second") && message.contains("every third"), message);
        }
    }

    @Test
    void aTimeLimitOfManyYearsDoesNotOverflow() {
        TrainingConfig config =
                config().timeLimit(Duration.ofSeconds(Long.MAX_VALUE)).build();
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config, data(0), null)) {
            trainer.listen(new TrainingListener() {
                @Override
                public void onStep(StepReport report) {
                    if (report.step() == 3) {
                        trainer.requestStop();
                    }
                }
            });
            TrainingResult result = trainer.run();
            assertEquals(3, result.steps());
            assertTrue(result.stopped());
        }
    }

    @Test
    void accumulatedStepsAreThoseOfOneLargeBatch() {
        List<Double> large = new ArrayList<>();
        List<Double> accumulated = new ArrayList<>();
        float[] expected = train(rows().batchSize(8).build(), config().build(), data(0), 0, large);
        float[] received =
                train(rows().batchSize(2).build(), config().accumulate(4).build(), data(0), 0, accumulated);

        for (int i = 0; i < large.size(); i++) {
            // Sums in another order: float rounding is all that may differ.
            assertEquals(large.get(i), accumulated.get(i), 1e-5 * large.get(i), "step " + (i + 1));
        }
        assertArrayEquals(expected, received, 1e-4f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert.embeddings.word_embeddings.weight", "bert.encoder.layer.1.output.dense.bias"})
    void aNumberThatIsNotFiniteEndsTheRunAndIsNotSaved(String parameter) {
        CheckpointStore store = new CheckpointStore(directory, 5);
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config().saveEvery(1).build(), data(0), store)) {
            Parameter poisoned = model.parameters().parameter(parameter);
            trainer.listen(new TrainingListener() {
                @Override
                public void onCheckpoint(long step, Path checkpoint) {
                    if (step == 3) {
                        poisoned.value().assign(Float.NaN);
                    }
                }
            });
            DivergenceException thrown = assertThrows(DivergenceException.class, trainer::run);

            assertEquals(4, thrown.step());
            assertTrue(thrown.getMessage().contains("step 4"), thrown.getMessage());
            assertTrue(thrown.getMessage().contains("position="), thrown.getMessage());
            assertEquals(3, store.latest().orElseThrow().step());
        }
    }

    @Test
    void listenersHearEverythingInOrder() {
        HeardEvents listener = new HeardEvents(() -> "") {
            @Override
            public void onStart(TrainingConfig config, Map<String, String> task, long firstStep) {
                heard.add("start " + firstStep);
            }
        };
        TrainingConfig config = config().steps(3).evaluateEvery(2).saveEvery(3).build();
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config, data(0), new CheckpointStore(directory, 1))) {
            trainer.listen(listener).run();
        }
        assertEquals(
                List.of(
                        "start 1",
                        "step 1",
                        "step 2",
                        "evaluating 2",
                        "evaluation 2",
                        "step 3",
                        "checkpoint 3",
                        "evaluating 3",
                        "evaluation 3",
                        "end 3"),
                listener.heard);
    }

    @Test
    void aRunIsEvaluatedADozenTimesByDefaultAndSavedBeforeTheLast() {
        HeardEvents listener = new HeardEvents(() -> "");
        List<Long> masked = new ArrayList<>();
        try (Bert model = model(0);
                Trainer trainer =
                        trainer(model, config().steps(36).build(), data(0), new CheckpointStore(directory, 1))) {
            trainer.listen(listener)
                    .listen(new TrainingListener() {
                        @Override
                        public void onEvaluation(long step, Evaluation evaluation) {
                            masked.add(evaluation
                                    .score(LanguageModelHead.MASKED_LOSS)
                                    .orElseThrow()
                                    .count());
                        }
                    })
                    .run();
        }
        List<String> evaluations = new ArrayList<>();
        for (int step = 3; step <= 36; step += 3) {
            evaluations.add("evaluation " + step);
        }
        assertEquals(
                evaluations,
                listener.heard.stream()
                        .filter(event -> event.startsWith("evaluation "))
                        .toList());
        assertTrue(listener.heard.indexOf("checkpoint 36") < listener.heard.indexOf("evaluating 36"));
        // All but the last score the same sample.
        assertEquals(2, new HashSet<>(masked).size(), masked.toString());
        assertTrue(masked.get(0) < masked.get(11), masked.toString());
    }

    @Test
    void savingByTheClockChangesNoNumber() {
        List<Double> losses = new ArrayList<>();
        float[] expected = train(config().build(), data(0), 0.1, losses);
        List<Double> saved = new ArrayList<>();
        HeardEvents listener = new HeardEvents(() -> "");
        TrainingConfig config =
                config().saveEvery(Duration.ofNanos(1)).evaluations(5).build();
        try (Bert model = model(0.1);
                Trainer trainer = trainer(model, config, data(0), new CheckpointStore(directory, 1))) {
            trainer.listen(listener).listen(remember(saved)).run();

            assertArrayEquals(expected, values(model));
        }
        assertEquals(losses, saved);
        assertEquals(
                10,
                listener.heard.stream()
                        .filter(event -> event.startsWith("checkpoint "))
                        .count());
    }

    @Test
    void aBudgetInTimeIsEvaluatedOverIt() {
        HeardEvents listener = new HeardEvents(() -> "");
        TrainingConfig config =
                config().timeLimit(Duration.ofMillis(600)).evaluations(4).build();
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config, data(0), null)) {
            trainer.listen(listener).run();
        }
        long evaluations = listener.heard.stream()
                .filter(event -> event.startsWith("evaluation "))
                .count();
        // A step that takes long, as on a busy machine, may pass several of the marks: TimetableTest has the exact
        // times.
        assertTrue(evaluations >= 1 && evaluations <= 4, listener.heard.toString());
    }

    /** In a row of unknown words nothing is masked. */
    @Test
    void aSampleOfHeldOutTextIsOfTextThatCanBeScored() {
        int[] unknown = new int[14];
        Arrays.fill(unknown, SyntheticData.vocabulary(VOCABULARY).unkId());
        List<int[]> heldOut = new ArrayList<>(Collections.nCopies(40, unknown));
        heldOut.add(20, new int[] {7, 8, 7, 8});
        PretrainingData data = new PretrainingData(
                documents(1, 60), TokenDocuments.of(VOCABULARY, heldOut), SyntheticData.vocabulary(VOCABULARY), 0);
        List<Long> evaluated = new ArrayList<>();
        try (Bert model = model(0);
                Trainer trainer = trainer(
                        model, rows().batchSize(1).build(), config().steps(2).build(), data, null)) {
            trainer.listen(new TrainingListener() {
                        @Override
                        public void onEvaluation(long step, Evaluation evaluation) {
                            evaluated.add(step);
                        }
                    })
                    .run();
        }
        assertEquals(List.of(1L, 2L), evaluated);
    }

    @Test
    void aStopDuringTheLastEvaluationLosesNoStepAndResumingEvaluates() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        TrainingConfig config = config().steps(3).build();
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config, data(0), store)) {
            TrainingResult result = trainer.listen(new TrainingListener() {
                        @Override
                        public void onCheckpoint(long step, Path checkpoint) {
                            trainer.requestStop();
                        }
                    })
                    .run();
            assertEquals(3, result.steps());
            assertNull(result.evaluation());
            assertTrue(result.stopped());
            // The clock of the process begins anew, and so does the count of its tokens.
            assertEquals(3, trainer.resume().orElseThrow());
            TrainingResult resumed = trainer.run();
            assertEquals(resumed.tokens() / resumed.seconds(), resumed.tokensPerSecond());
        }
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config, data(0), store)) {
            assertEquals(3, trainer.resume().orElseThrow());
            TrainingResult result = trainer.run();
            assertNotNull(result.evaluation());
            assertFalse(result.stopped());
            assertEquals(result.tokens() / result.seconds(), result.tokensPerSecond());
        }
    }

    @Test
    void anEvaluationThatAStopBreaksOffIsMadeUpForAndTheRunEndsAtTheSameBits() {
        TrainingConfig config = config().evaluateEvery(4).build();
        float[] expected = train(config, data(0), 0.1, new ArrayList<>());
        CheckpointStore store = new CheckpointStore(directory, 1);
        HeardEvents first = new HeardEvents(() -> "");
        try (Bert model = model(0.1);
                Trainer trainer = trainer(model, config, data(0), store)) {
            TrainingResult result = trainer.listen(first)
                    .listen(new TrainingListener() {
                        @Override
                        public void onEvaluationStart(long step) {
                            trainer.requestStop();
                        }
                    })
                    .run();
            assertEquals(4, result.steps());
            assertFalse(first.heard.contains("evaluation 4"), first.heard.toString());
        }
        HeardEvents second = new HeardEvents(() -> "");
        try (Bert model = model(0.1);
                Trainer trainer = trainer(model, config, data(0), store)) {
            trainer.resume();
            trainer.listen(second).run();
            assertEquals(List.of("evaluating 4", "evaluation 4", "step 5"), second.heard.subList(0, 3));
            assertArrayEquals(expected, values(model));
        }
    }

    @Test
    void aTimeBudgetEndsTheRunAndItsLearningRateFollowsTheClock() {
        List<StepReport> reports = new ArrayList<>();
        TrainingConfig config =
                config().timeLimit(Duration.ofMillis(400)).warmup(0).build();
        try (Bert model = model(0);
                Trainer trainer = trainer(model, config, data(0), null)) {
            TrainingResult result = trainer.listen(new TrainingListener() {
                        @Override
                        public void onStep(StepReport report) {
                            reports.add(report);
                        }
                    })
                    .run();

            assertFalse(result.stopped());
            assertTrue(result.seconds() >= 0.4, result.toString());
        }
        for (int i = 1; i < reports.size(); i++) {
            assertTrue(reports.get(i).learningRate() < reports.get(i - 1).learningRate(), "step " + (i + 1));
            assertTrue(reports.get(i).progress() >= reports.get(i - 1).progress(), "step " + (i + 1));
        }
        // A device computes a step while the step before is reported.
        for (int i = 0; i < reports.size(); i++) {
            double soonest = i < 2 ? 0 : reports.get(i - 2).elapsedSeconds() / 0.4;
            double latest = reports.get(i).elapsedSeconds() / 0.4;
            double progress = reports.get(i).progress();
            assertTrue(
                    progress >= Math.min(1, soonest) && progress <= Math.min(1, latest),
                    "step " + (i + 1) + ": " + soonest + " " + progress + " " + latest);
        }
    }

    @Test
    void evaluationsOfOneModelAreTheSameEveryTime() {
        try (Bert model = model(0.5)) {
            HeldOutBatches batches = heldOut(0);
            try (TrainingPass pass = model.trainingPass(4, 16, batches.maxTargets())) {
                Evaluator evaluator = new Evaluator(model.losses(), batches.all(pass));
                Evaluator otherMasks = new Evaluator(model.losses(), heldOut(1).all(pass));
                Evaluation first = evaluator.evaluate();

                assertEquals(first, evaluator.evaluate());
                assertNotEquals(first, otherMasks.evaluate());
                assertEquals(Math.log(VOCABULARY), first.loss(), 0.5, "an untrained model guesses");
            }
        }
    }

    private static HeldOutBatches heldOut(long seed) {
        return new HeldOutBatches(documents(2, 20), SyntheticData.vocabulary(VOCABULARY), 4, 16, seed, Objective.MLM);
    }
}
