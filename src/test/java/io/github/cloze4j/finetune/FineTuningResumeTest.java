package io.github.cloze4j.finetune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.FrozenLayers;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.train.BestModel;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.ModelSelection;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingListener;
import io.github.cloze4j.train.TrainingResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Runs of fine-tuning that end at any step, with everything that a run may have: the resumed run is the whole one. */
class FineTuningResumeTest {
    private static final int RUNS = 20;
    private static final int PADDED = 12;
    private static final Kernels KERNELS = KernelProviders.create("cpu", DataType.FLOAT);
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
    private static final List<String> WORDS = List.of("the", "quick", "brown", "fox", "over", "lazy", "dog", "not");

    private static final TrainingConfig CONFIG = TrainingConfig.builder()
            .epochs(6)
            .learningRate(2e-2)
            .layerDecay(0.8)
            .evaluateEvery(3)
            .saveEvery(2)
            .selection(new ModelSelection("accuracy", true, 4, 0))
            .build();

    @TempDir
    private Path directory;

    /** The end of a run. The mean loss of its last steps tells whether it was trained on the same batches. */
    private record End(
            long steps,
            double trainLoss,
            @Nullable Evaluation evaluation,
            @Nullable BestModel best,
            float[] model) {}

    /** Ends a run like a killed process: nothing is saved. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static List<Labelled<InputText, String>> texts(int count, long seed) {
        Random random = new Random(seed);
        List<Labelled<InputText, String>> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> words = new ArrayList<>();
            for (int j = 2 + random.nextInt(6); j > 0; j--) {
                words.add(WORDS.get(random.nextInt(WORDS.size())));
            }
            // Some labels are wrong, so that the accuracy goes up and down.
            boolean fox = words.contains("fox") ^ (random.nextInt(5) == 0);
            InputText text = new InputText(String.join(" ", words), null, new SourceLine("toy", i + 1));
            texts.add(new Labelled<>(text, fox ? "yes" : "no"));
        }
        return texts;
    }

    private static Bert model(LabelledData data) {
        BertConfig config = BertConfig.builder(TOKENIZER.vocabulary().size())
                .hiddenSize(16)
                .numHiddenLayers(2)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(PADDED)
                .dropout(0.1)
                .build();
        FrozenLayers frozen = FrozenLayers.parse("embeddings");
        Bert model = new Bert(config, List.of(data.head().head()), frozen::trains, KERNELS);
        model.initialize(5);
        return model;
    }

    /**
     * Runs to the end, or to a step.
     *
     * @param last the step after which the run is stopped or killed; 0 for none
     * @return null if it was stopped or killed
     */
    private static @Nullable End run(CheckpointStore store, long last, boolean kills) {
        return run(store, last, kills, texts(30, 2));
    }

    private static @Nullable End run(
            CheckpointStore store, long last, boolean kills, List<Labelled<InputText, String>> heldOut) {
        LabelledData data = new ClassificationData(
                Labels.inOrder(List.of("no", "yes")), TOKENIZER, TokenLimit.cut(PADDED), texts(60, 1), heldOut);
        FineTuningConfig rows = FineTuningConfig.of(8, PADDED);
        try (Bert model = model(data);
                Trainer trainer = new Trainer(
                        new FineTuningTask(
                                model, rows, data, TOKENIZER.vocabulary().padId()),
                        CONFIG,
                        store)) {
            trainer.resume();
            trainer.listen(new TrainingListener() {
                @Override
                public void onStep(StepReport report) {
                    if (report.step() == last && kills) {
                        throw new Killed();
                    }
                    if (report.step() == last) {
                        trainer.requestStop();
                    }
                }
            });
            TrainingResult result = trainer.run();
            return result.stopped()
                    ? null
                    : new End(
                            result.steps(),
                            result.trainLoss(),
                            result.evaluation(),
                            result.best(),
                            model.parameters().values().flat().toFloatVector());
        } catch (Killed killed) {
            return null;
        }
    }

    /** The best model would not give its value again at the end of the run. */
    @Test
    void aRunIsNotResumedWithOtherHeldOutData() {
        CheckpointStore store = new CheckpointStore(directory.resolve("other"), 1);
        assertNull(run(store, 4, false));
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> run(store, 0, false, texts(30, 3)));
        assertTrue(
                String.valueOf(refused.getMessage()).startsWith("Expected held_out with checksum "),
                refused.getMessage());
    }

    @Test
    void aRunThatIsResumedAfterAnyStepIsTheWholeOneToTheLastBit() {
        End whole = Objects.requireNonNull(run(new CheckpointStore(directory.resolve("whole"), 1), 0, false));
        BestModel best = Objects.requireNonNull(whole.best());
        assertTrue(best.step() < whole.steps(), "the best model is not the last: " + best + " of " + whole.steps());
        long seed = System.nanoTime();
        System.err.println("FineTuningResumeTest seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < RUNS; i++) {
            long last = 1 + random.nextInt((int) whole.steps() - 1);
            boolean kills = random.nextBoolean();
            String name = "seed " + seed + (kills ? ", killed" : ", stopped") + " after step " + last;
            CheckpointStore store = new CheckpointStore(directory.resolve("run-" + i), 1);
            assertNull(run(store, last, kills), name);
            End resumed = Objects.requireNonNull(run(store, 0, false), name);
            assertArrayEquals(whole.model(), resumed.model(), name);
            assertEquals(whole.steps(), resumed.steps(), name);
            assertEquals(whole.trainLoss(), resumed.trainLoss(), name);
            assertEquals(whole.evaluation(), resumed.evaluation(), name);
            assertEquals(best, resumed.best(), name);
        }
    }
}
