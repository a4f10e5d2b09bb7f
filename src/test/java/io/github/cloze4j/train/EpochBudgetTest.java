package io.github.cloze4j.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;

/** A budget in passes over the training data, here of documents of several windows. */
class EpochBudgetTest {
    private static final int VOCABULARY = 50;
    private static final int SEQ_LEN = 24;
    private static final int ROWS = 64;
    private static final Kernels KERNELS = KernelProviders.create("cpu", DataType.FLOAT);

    /** A window has 4,096 segments; each of these documents is one segment. */
    private static final TokenDocuments DOCUMENTS = SyntheticData.documents(VOCABULARY, 4500, 4, 1);

    @TempDir
    private Path directory;

    private static PretrainingConfig rows() {
        return PretrainingConfig.builder()
                .batchSize(ROWS)
                .seqLen(SEQ_LEN)
                .seed(7)
                .build();
    }

    private static TrainingConfig config(double epochs) {
        return TrainingConfig.builder().epochs(epochs).warmup(0).build();
    }

    private static Bert model() {
        Bert model = new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(1)
                        .hiddenSize(8)
                        .numAttentionHeads(2)
                        .intermediateSize(8)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                KERNELS);
        model.initialize(3, Initialization.NORMAL);
        return model;
    }

    /** Goes on from the store's last checkpoint, if there is one, until the budget is used or to a step. */
    private static float[] part(
            TrainingConfig config,
            int workers,
            @Nullable CheckpointStore store,
            List<StepReport> reports,
            long stopAt) {
        PretrainingData data = PretrainingData.of(DOCUMENTS, SyntheticData.vocabulary(VOCABULARY))
                .withWorkers(workers);
        try (Bert model = model();
                Trainer trainer = new Trainer(new PretrainingTask(model, rows(), data), config, store)) {
            assertEquals(reports.isEmpty() ? Optional.empty() : Optional.of((long) reports.size()), trainer.resume());
            TrainingResult result = trainer.listen(new TrainingListener() {
                        @Override
                        public void onStep(StepReport report) {
                            reports.add(report);
                            if (report.step() == stopAt) {
                                trainer.requestStop();
                            }
                        }
                    })
                    .run();
            assertEquals(reports.size(), result.steps());
            assertEquals(stopAt > 0, result.stopped());
            return model.parameters().values().flat().toFloatVector();
        }
    }

    private static BatchStream stream(BatchCursor from, int workers) {
        Vocabulary vocabulary = SyntheticData.vocabulary(VOCABULARY);
        PretrainingConfig rows = rows();
        BatchConfig config = new BatchConfig(
                ROWS,
                SEQ_LEN,
                VOCABULARY,
                SpecialTokens.of(vocabulary),
                rows.masking().strategy(rows.maskProbability(), vocabulary),
                rows.tokenReplacement(),
                rows.seed(),
                workers,
                rows.objectives().last());
        return new BatchStream(DOCUMENTS, config, from);
    }

    /** Tokens of one pass, {@code [CLS]} and {@code [SEP]} of each document included. */
    private static long tokensOfAnEpoch() {
        long tokens = 0;
        for (long document = 0; document < DOCUMENTS.count(); document++) {
            tokens += DOCUMENTS.length(document) + 2;
        }
        return tokens;
    }

    @ParameterizedTest
    @ValueSource(doubles = {2, 1.5})
    void theRunEndsWhenTheDocumentsWereReadThatOften(double epochs) {
        List<StepReport> reports = new ArrayList<>();
        part(config(epochs), 0, null, reports, 0);

        long tokens = reports.get(reports.size() - 1).tokens();
        double expected = epochs * tokensOfAnEpoch();
        // The second window is short, so that the middle of an epoch is a middle of windows, not of tokens.
        double within = epochs == 2 ? ROWS * SEQ_LEN : 0.5 * tokensOfAnEpoch();
        assertTrue(tokens >= expected - (epochs == 2 ? 0 : within) && tokens < expected + within, "tokens " + tokens);
        double before = 0;
        for (StepReport report : reports) {
            assertEquals(1e-3 * (1 - before), report.learningRate(), 1e-12, "step " + report.step());
            assertTrue(report.progress() > before, "step " + report.step() + ": " + report.progress());
            before = report.progress();
        }
        assertEquals(1, before);
    }

    @ParameterizedTest
    @ValueSource(doubles = {2, 1.5})
    void theStepsAreThoseOfAStreamThatReadsThatOften(double epochs) {
        List<StepReport> reports = new ArrayList<>();
        part(config(epochs), 1, null, reports, 0);
        try (BatchStream stream = stream(BatchCursor.START, 0)) {
            for (StepReport report : reports) {
                assertTrue(stream.epochs() < epochs, "step " + report.step());
                stream.next();
                assertEquals(Math.min(1, stream.epochs() / epochs), report.progress(), "step " + report.step());
            }
            assertTrue(stream.epochs() >= epochs, Double.toString(stream.epochs()));
        }
    }

    /** Stopped in the first epoch, in the second, and in the last step but one. */
    @ParameterizedTest
    @CsvSource({"2, 5", "2, 0.6", "2, -1", "1.5, 5", "1.5, 0.9"})
    void aResumedRunIsTheUninterruptedOneToTheLastBit(double epochs, double stop) {
        List<StepReport> whole = new ArrayList<>();
        float[] expected = part(config(epochs), 0, null, whole, 0);
        long stopAt = stop < 0 ? whole.size() - 1 : stop < 1 ? (long) (stop * whole.size()) : (long) stop;

        List<StepReport> parts = new ArrayList<>();
        CheckpointStore store = new CheckpointStore(directory, 1);
        part(config(epochs), 2, store, parts, stopAt);
        float[] received = part(config(epochs), 1, store, parts, 0);

        assertEquals(withoutTime(whole), withoutTime(parts));
        assertArrayEquals(expected, received);
    }

    private static List<List<Object>> withoutTime(List<StepReport> reports) {
        return reports.stream()
                .map(report -> List.<Object>of(
                        report.step(),
                        report.progress(),
                        report.scores(),
                        report.learningRate(),
                        report.gradientNorm(),
                        report.tokens()))
                .toList();
    }

    /** Documents that fill a row each. */
    private static PretrainingTask fullRows(Bert model, int documents, int batchSize) {
        List<int[]> texts = Stream.generate(() -> new int[] {10, 11, 12, 13, 14, 15})
                .limit(documents)
                .toList();
        TokenDocuments rows = TokenDocuments.of(VOCABULARY, texts);
        PretrainingConfig config =
                PretrainingConfig.builder().batchSize(batchSize).seqLen(8).build();
        return new PretrainingTask(
                model,
                config,
                PretrainingData.of(rows, SyntheticData.vocabulary(VOCABULARY))
                        .withValidation(rows)
                        .withWorkers(2));
    }

    private static List<StepReport> resumed(PretrainingTask task, TrainingConfig config, CheckpointStore store) {
        List<StepReport> reports = new ArrayList<>();
        try (Trainer trainer = new Trainer(task, config, store)) {
            trainer.resume();
            TrainingResult result = trainer.listen(new TrainingListener() {
                        @Override
                        public void onStep(StepReport report) {
                            reports.add(report);
                        }
                    })
                    .run();
            assertFalse(result.stopped());
            assertNotNull(result.evaluation());
        }
        return reports;
    }

    private static List<Double> progress(List<StepReport> reports) {
        return reports.stream().map(StepReport::progress).toList();
    }

    @Test
    void aRunGoesOnExactlyAtTheEndOfAnEpoch() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model()) {
            assertEquals(List.of(0.25, 0.5, 0.75, 1.0), progress(resumed(fullRows(model, 16, 4), config(1), store)));
            // Complete, so that it is only evaluated.
            assertEquals(List.of(), resumed(fullRows(model, 16, 4), config(1), store));
            assertThrows(IllegalArgumentException.class, () -> resumed(fullRows(model, 16, 4), config(0.9), store));
            assertEquals(List.of(0.625, 0.75, 0.875, 1.0), progress(resumed(fullRows(model, 16, 4), config(2), store)));
        }
    }

    /** A batch reads the three documents four times. */
    @Test
    void aBatchLargerThanTheDocumentsIsAStepOfSeveralEpochs() {
        CheckpointStore store = new CheckpointStore(directory, 1);
        try (Bert model = model()) {
            assertEquals(List.of(1.0), progress(resumed(fullRows(model, 3, 12), config(2), store)));
            assertEquals(List.of(0.8, 1.0), progress(resumed(fullRows(model, 3, 12), config(10), store)));
        }
    }

    @Test
    void aStreamSaysHowOftenItHasRead() {
        List<Double> read = new ArrayList<>();
        List<BatchCursor> cursors = new ArrayList<>();
        try (BatchStream stream = stream(BatchCursor.START, 0)) {
            assertEquals(0, stream.epochs());
            while (stream.epochs() < 2.2) {
                stream.next();
                read.add(stream.epochs());
                cursors.add(stream.cursor());
            }
        }
        boolean secondWindow = false;
        for (int i = 0; i < read.size(); i++) {
            assertTrue(i == 0 || read.get(i) > read.get(i - 1), read.toString());
            assertEquals(
                    cursors.get(i).epoch(),
                    (long) Math.floor(read.get(i)),
                    cursors.get(i).toString());
            boolean second = cursors.get(i).position() >= 4096;
            secondWindow |= second;
            // Each of the two windows counts as a half.
            assertEquals(second, read.get(i) - Math.floor(read.get(i)) >= 0.5, read.get(i) + " " + cursors.get(i));
        }
        assertTrue(secondWindow);
        for (int workers : new int[] {1, 3}) {
            List<Double> ahead = new ArrayList<>();
            try (BatchStream stream = stream(cursors.get(9), workers)) {
                assertEquals(read.get(9), stream.epochs());
                for (int i = 10; i < read.size(); i++) {
                    stream.next();
                    ahead.add(stream.epochs());
                }
            }
            assertEquals(read.subList(10, read.size()), ahead);
        }
        assertFalse(read.isEmpty());
    }
}
