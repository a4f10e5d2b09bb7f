package io.github.cloze4j.kernel.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.data.Objective;
import io.github.cloze4j.kernel.Nd4jBackend;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.kernel.StepShape;
import io.github.cloze4j.kernel.cuda.driver.RecordingDriver;
import io.github.cloze4j.kernel.cuda.memory.DeviceQueue;
import io.github.cloze4j.kernel.cuda.memory.QueueContent;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingMemory;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.train.MemoryPlan;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is planned is what a device is then asked for, and what does not fit is refused before it is asked for anything. */
class CudaMemoryPlanTest {
    private static final int VOCABULARY = 300;
    private static final int SEQ_LEN = 16;
    private static final long LARGE = 1L << 40;

    @BeforeAll
    static void load() {
        Nd4jBackend.load();
    }

    private static Trainer trainer(Bert model, int batchSize) {
        return trainer(model, batchSize, OptimizerKind.ADAMW);
    }

    private static Trainer trainer(Bert model, int batchSize, OptimizerKind optimizer) {
        PretrainingConfig rows =
                PretrainingConfig.builder().batchSize(batchSize).seqLen(SEQ_LEN).build();
        TrainingConfig training =
                TrainingConfig.builder().steps(2).optimizer(optimizer).build();
        return new Trainer(new PretrainingTask(model, rows, data()), training, null);
    }

    private static PretrainingData data() {
        return new PretrainingData(
                SyntheticData.documents(VOCABULARY, 40, SEQ_LEN - 2, 1), null, SyntheticData.vocabulary(VOCABULARY), 1);
    }

    private static Bert model(DeviceQueue queue, Precision precision, int layers, int hidden, int heads) {
        return new Bert(
                BertConfig.builder(VOCABULARY)
                        .numHiddenLayers(layers)
                        .hiddenSize(hidden)
                        .numAttentionHeads(heads)
                        .build(),
                PretrainingHeads.of(Objective.MLM),
                new CudaKernels(queue, precision));
    }

    @ParameterizedTest
    @CsvSource({
        "FULL, 3, 1, 16, 2, ADAMW",
        "BF16, 3, 1, 16, 2, ADAMW",
        "FULL, 40, 2, 32, 4, ADAMW",
        "BF16, 40, 2, 32, 4, ADAMW",
        "BF16, 1, 3, 64, 1, ADAMW",
        "FULL, 3, 2, 32, 2, MUON",
        "BF16, 40, 2, 24, 2, MUON",
    })
    void aTrainingStepTakesWhatWasPlanned(
            Precision precision, int batchSize, int layers, int hidden, int heads, OptimizerKind optimizer) {
        RecordingDriver driver = new RecordingDriver(LARGE);
        DeviceQueue queue = new DeviceQueue(driver);
        try (Bert model = model(queue, precision, layers, hidden, heads);
                Trainer trainer = trainer(model, batchSize, optimizer)) {
            MemoryPlan plan = trainer.memory();
            assertEquals(0, driver.used());
            trainer.run();
            assertEquals(plan.bytes() - plan.scratch(), arrays(driver));
            // Arguments of this step fit into the reserve.
            long staged = 6L * 16 * batchSize * SEQ_LEN * layers;
            long planned = plan.scratch() - ScratchPlan.RESERVE - staged;
            long taken = QueueContent.scratchAndCopyBytes(queue);
            assertTrue(taken <= planned, "planned " + planned + ", taken " + taken);
            assertTrue(taken > planned / 2, "planned " + planned + ", taken " + taken);
            assertTrue(driver.used() <= plan.bytes(), "planned " + plan.bytes() + ", used " + driver.used());
        }
        queue.close();
    }

    /** Bytes of mirrors, but for the line that each arena has more than it hands out. */
    private static long arrays(RecordingDriver driver) {
        return driver.zeroedAllocations().stream()
                .mapToLong(bytes -> bytes - 64)
                .sum();
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeTheFirstStepWithTheLargestBatchThatDoes() {
        RecordingDriver driver = new RecordingDriver(ScratchPlan.RESERVE + (5 << 20));
        DeviceQueue queue = new DeviceQueue(driver);
        try (Bert model = model(queue, Precision.FULL, 1, 16, 2)) {
            String message = refusal(model, 1000);
            Matcher said = Pattern.compile(
                            "Expected .* needs ([0-9.]+) [MG]B at batch 1000\\. Received: ([0-9.]+) [MG]B"
                                    + " free on recorder.*The largest batch that fits is ([0-9]+): use it, .*")
                    .matcher(message);
            assertTrue(said.matches(), message);
            assertEquals(0, driver.used());
            int largest = Integer.parseInt(said.group(3));
            assertTrue(refusal(model, largest + 1).contains("fits is " + largest + ":"));
            try (Trainer trainer = trainer(model, largest)) {
                trainer.run();
                assertTrue(driver.used() <= ScratchPlan.RESERVE + (5 << 20));
                // What scratch holds by now, and the gradients, are no reason to refuse the same batch again.
                MemoryPlan again = trainer.memory();
                assertTrue(again.bytes() > 0);
            }
            trainer(model, largest).close();
        }
        queue.close();
    }

    @Test
    void aModelThatIsTooLargeForAnyBatchIsRefusedAsSuch() {
        RecordingDriver driver = new RecordingDriver(ScratchPlan.RESERVE);
        DeviceQueue queue = new DeviceQueue(driver);
        try (Bert model = model(queue, Precision.FULL, 1, 16, 2)) {
            String message = refusal(model, 4);
            assertTrue(message.contains("Not even batch 1 fits"), message);
            String evaluation = assertThrows(
                            BackendException.class,
                            () -> PretrainingMemory.ofEvaluation(
                                    model.memory(), 4, SEQ_LEN, Objective.MLM, SyntheticData.vocabulary(VOCABULARY)))
                    .getMessage();
            assertTrue(evaluation.contains("Not even batch 1 fits"), evaluation);
        }
        queue.close();
    }

    private static String refusal(Bert model, int batchSize) {
        return assertThrows(
                        BackendException.class, () -> trainer(model, batchSize).close())
                .getMessage();
    }

    @Test
    void evaluationTakesWhatWasPlanned() {
        RecordingDriver driver = new RecordingDriver(LARGE);
        DeviceQueue queue = new DeviceQueue(driver);
        try (Bert model = model(queue, Precision.BF16, 1, 16, 2)) {
            MemoryPlan plan = PretrainingMemory.ofEvaluation(
                    model.memory(), 4, SEQ_LEN, Objective.MLM, SyntheticData.vocabulary(VOCABULARY));
            long operands = plan.parameters() + plan.activations();
            StepShape shape = new StepShape(4, SEQ_LEN, 12, 12, 16, 64, 2, VOCABULARY, operands, 1, 0);
            assertEquals(ScratchPlan.bytes(shape, true), plan.scratch());
            assertEquals(0, plan.moments() + plan.gradients());
        }
        queue.close();
    }
}
