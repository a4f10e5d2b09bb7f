package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.InferencePass;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.monitor.ConsoleProgress;
import io.github.cloze4j.monitor.HtmlReport;
import io.github.cloze4j.monitor.JsonLinesLog;
import io.github.cloze4j.monitor.RunHistory;
import io.github.cloze4j.monitor.RunSummary;
import io.github.cloze4j.monitor.TensorBoardLog;
import io.github.cloze4j.testing.GradientCheck;
import io.github.cloze4j.testing.LossCurve;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** A head and a task of one's own, {@link ToyHead} and {@link ToyTask}, with all that is there for pretraining. */
class ToyHeadTest {
    private static final long SEED = 7;
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    @TempDir
    private Path directory;

    private static TrainingConfig.Builder config(double epochs) {
        return TrainingConfig.builder().epochs(epochs).learningRate(1e-2);
    }

    private static Bert model(double dropout) {
        return ToyTask.model(KERNELS, 16, dropout, 0.1);
    }

    private static float[] values(Bert model) {
        return model.parameters().values().flat().toFloatVector();
    }

    @Test
    void lossesFallAndScoresAppearByTheirNameEverywhere() throws IOException {
        Path json = directory.resolve("log.jsonl");
        Path tensorBoard = directory.resolve("tensorboard");
        ByteArrayOutputStream console = new ByteArrayOutputStream();
        LossCurve losses = new LossCurve();
        RunHistory history = new RunHistory();
        TrainingConfig config = config(20).evaluations(4).build();
        TrainingResult result;
        Map<String, String> settings;
        try (Bert model = model(0.1)) {
            ToyTask task = new ToyTask(model, SEED);
            settings = task.settings();
            try (Trainer trainer = new Trainer(task, config, new CheckpointStore(directory.resolve("checkpoints"), 1));
                    JsonLinesLog log = new JsonLinesLog(json);
                    TensorBoardLog events = new TensorBoardLog(tensorBoard);
                    PrintStream lines = new PrintStream(console, true, StandardCharsets.US_ASCII)) {
                result = trainer.listen(losses)
                        .listen(history)
                        .listen(log)
                        .listen(events)
                        .listen(new ConsoleProgress(lines, false, () -> 80))
                        .run();
            }
        }
        losses.assertFallsTo(0.5);
        Score score = Optional.ofNullable(result.evaluation())
                .flatMap(evaluation -> evaluation.score(ToyHead.LOSS))
                .orElseThrow();
        assertTrue(score.accuracy() > 0.8, score.toString());

        assertEquals(320, result.steps());
        assertJson(json, result.steps());
        assertEquals(4, history.evaluations().size());
        assertEquals(
                Optional.of(score), history.evaluations().get(3).evaluation().score(ToyHead.LOSS));
        assertEquals(history.evaluations(), RunHistory.ofLog(json).evaluations());
        String events = onlyFile(tensorBoard);
        for (String tag : List.of("train/toy_loss", "train/toy_accuracy", "eval/toy_loss", "eval/toy_perplexity")) {
            assertTrue(events.contains(tag), tag);
        }
        String printed = console.toString(StandardCharsets.US_ASCII);
        assertTrue(printed.contains("step 320  held-out toy loss "), printed);
        String html = HtmlReport.render(
                new RunSummary("toy", config, settings, result, history, Map.of(), Map.of(), Map.of(), List.of()));
        for (String text :
                List.of("held-out toy loss, nats", "held-out toy targets", "<th>toy loss</th>", "toy classes")) {
            assertTrue(html.contains(text), text);
        }
    }

    private static void assertJson(Path json, long steps) throws IOException {
        List<String> lines = Files.readAllLines(json);
        assertTrue(lines.get(0).contains("\"toy_classes\":"), lines.get(0));
        List<String> scored = lines.stream()
                .filter(line -> line.contains("\"toy_loss\":")
                        && line.contains("\"toy_accuracy\":")
                        && line.contains("\"toy_perplexity\":")
                        && line.contains("\"toy_count\":"))
                .toList();
        // All steps, the four evaluations, and the end.
        assertEquals(steps + 4 + 1, scored.size());
    }

    private static String onlyFile(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> all = files.toList();
            assertEquals(1, all.size(), all.toString());
            return Files.readString(all.get(0), StandardCharsets.ISO_8859_1);
        }
    }

    /** Goes on from the store's last checkpoint, if there is one, until the budget is used or to a step. */
    private static float[] part(@Nullable CheckpointStore store, LossCurve losses, long stopAt) {
        try (Bert model = model(0.1);
                Trainer trainer = new Trainer(
                        new ToyTask(model, SEED), config(2).accumulate(3).build(), store)) {
            trainer.resume();
            TrainingResult result = trainer.listen(losses)
                    .listen(new TrainingListener() {
                        @Override
                        public void onStep(StepReport report) {
                            if (report.step() == stopAt) {
                                trainer.requestStop();
                            }
                        }
                    })
                    .run();
            assertEquals(stopAt > 0, result.stopped());
            return values(model);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 5, 10})
    void aResumedRunIsTheUninterruptedOneToTheLastBit(long stoppedAfter) {
        LossCurve whole = new LossCurve();
        float[] expected = part(null, whole, 0);
        assertEquals(11, whole.losses().size(), "32 batches, three of them a step");

        CheckpointStore store = new CheckpointStore(directory, 1);
        LossCurve parts = new LossCurve();
        part(store, parts, stoppedAfter);
        float[] received = part(store, parts, 0);
        parts.assertSameAs(whole);
        assertArrayEquals(expected, received);
    }

    @Test
    void aTaskOfAnotherIdentityDoesNotResume() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        part(store, new LossCurve(), 1);
        try (Bert model = model(0);
                Trainer trainer =
                        new Trainer(new ToyTask(model, SEED + 1), config(2).build(), store)) {
            float[] before = values(model);
            assertEquals(
                    "Expected toy_seed 7, with which the run began. Received: 8. Resume with the data and the settings"
                            + " of before, or begin another run",
                    assertThrows(IllegalArgumentException.class, trainer::resume)
                            .getMessage());
            assertArrayEquals(before, values(model));
        }
    }

    @Test
    void aLabelThatTheHeadDoesNotHaveIsRefused() {
        Batch batch = ToyTask.batch(SEED, 1, 0);
        Targets targets = batch.targets().get(0);
        int[] labels = targets.labels().clone();
        labels[0] = ToyTask.CLASSES;
        Batch wrong = new Batch(
                batch.rows(),
                batch.seqLen(),
                batch.tokenIds(),
                batch.tokenTypeIds(),
                batch.positionIds(),
                batch.documents(),
                batch.realTokens(),
                List.of(new Targets(targets.rows(), labels)));
        try (Bert model = model(0);
                TrainingPass pass = model.trainingPass(ToyTask.ROWS, ToyTask.SEQ_LEN, ToyTask.ROWS * ToyTask.SEQ_LEN)) {
            String message = assertThrows(IllegalArgumentException.class, () -> pass.loss(wrong))
                    .getMessage();
            assertTrue(message.startsWith("Expected labels in [0, 3). Received: 3"), message);
        }
    }

    /** The scores that inference reads give the loss that training computes. */
    @Test
    void scoresAreThoseOfTheLoss() {
        Batch batch = ToyTask.batch(SEED, 1, 0);
        Targets targets = batch.targets().get(0);
        try (Bert model = model(0.5);
                TrainingPass pass = model.trainingPass(ToyTask.ROWS, ToyTask.SEQ_LEN, targets.count());
                InferencePass inference = model.inferencePass()) {
            double[] sum = {0};
            inference.scores(batch, targets.rows(), model.requireHead(ToyHead.LOSS), (first, scores) -> {
                for (int row = 0; row < scores.rows(); row++) {
                    double all = 0;
                    for (int answer = 0; answer < ToyTask.CLASSES; answer++) {
                        all += Math.exp(scores.getDouble(row, answer));
                    }
                    sum[0] += Math.log(all) - scores.getDouble(row, targets.labels()[first + row]);
                }
            });
            double expected = pass.loss(batch).read().get(0).sum();
            assertEquals(expected, sum[0], 1e-5 * expected);
        }
    }

    @Test
    void gradientsAreTheNumericalOnes() {
        Batch batch = ToyTask.batch(SEED, 1, 0);
        int targets = batch.targets().get(0).count();
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = ToyTask.model(kernels, 4, 0.2, 0.5);
                TrainingPass pass = model.trainingPass(ToyTask.ROWS, ToyTask.SEQ_LEN, targets)) {
            model.parameters().zeroGradients();
            pass.forwardBackward(batch, SEED, 3, 1.0 / targets).read();
            GradientCheck.assertGradients(
                    model.parameters(),
                    1e-6,
                    1e-8,
                    () -> pass.loss(batch, SEED, 3).read().get(0).sum() / targets);
        }
    }
}
