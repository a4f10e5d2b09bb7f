package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.TaskKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Models with several heads, with none, and with heads that do not go together. */
class HeadsTest {
    private static final BertConfig SHAPE = BertGradientTest.tiny(Activation.GELU, 0);
    private static final Kernels KERNELS = KernelProviders.create("cpu", DataType.FLOAT);
    private static final HeadKind PAIRS = ClassifierHead.ofPairs("nsp");

    private static Bert model(HeadKind... heads) {
        Bert model = new Bert(SHAPE, List.of(heads), KERNELS);
        model.initialize(1);
        return model;
    }

    /** One document of three tokens. */
    private static Batch batch(Targets... targets) {
        return new Batch(
                1,
                3,
                new int[] {2, 7, 3},
                new int[3],
                new int[] {0, 1, 2},
                Documents.bidirectional(0, 3),
                3,
                List.of(targets));
    }

    private static Targets target(int row) {
        return new Targets(new int[] {row}, new int[] {1});
    }

    private static void assertRefused(String message, Executable use) {
        String received = assertThrows(IllegalArgumentException.class, use).getMessage();
        assertTrue(received.contains(message), received);
    }

    /** Only one of the two scores would be reported. */
    @Test
    void twoHeadsWithOneNameOfALossAreRefused() {
        assertRefused(
                "Expected heads with losses of different names. Received: [mlm, mlm]",
                () -> model(LanguageModelHead.MASKED, ClassifierHead.ofPairs(LanguageModelHead.MASKED_LOSS)));
    }

    @Test
    void twoHeadsWithOneNameOfAParameterAreRefusedAndLeaveNoMemory() {
        int before = Arena.open().size();
        assertRefused(
                "Received twice: bert.pooler.dense.weight",
                () -> model(LanguageModelHead.MASKED, PAIRS, ClassifierHead.ofPairs("sop")));
        assertEquals(before, Arena.open().size());
    }

    @Test
    void anEncoderWithoutHeadsInfersAndCannotBeTrained() {
        try (Bert model = model();
                InferencePass pass = model.inferencePass()) {
            assertEquals(3, pass.hiddenStates(batch()).size(0));
            assertRefused("an encoder without heads", () -> model.trainingPass(1, 3));
            assertRefused("an encoder without heads", () -> model.memory()
                    .activationBytes(new PassShape(1, 3, new int[0], false)));
        }
    }

    @Test
    void aBatchWithoutAnyTargetIsRefusedAndOneHeadMayHaveNone() {
        try (Bert model = model(LanguageModelHead.MASKED, PAIRS);
                TrainingPass pass = model.trainingPass(1, 3, 1, 1)) {
            assertRefused("with at least one target", () -> pass.loss(batch(Targets.NONE, Targets.NONE)));
            assertRefused("at most [1, 1] targets for the losses [mlm, nsp]", () -> pass.loss(batch(target(1))));
            Batch onlyWords = batch(target(1), Targets.NONE);
            assertEquals(0, pass.loss(onlyWords).read().get(1).sum());
            assertEquals(
                    0, pass.forwardBackward(onlyWords, 0, 0, 1, 1).read().get(1).sum());
            double[] gradient = GoldenFixture.numbers(Objects.requireNonNull(
                    model.parameters().parameter("cls.seq_relationship.weight").gradient()));
            assertArrayEquals(new double[gradient.length], gradient);
        }
    }

    @Test
    void aShapeCopiesItsArrayAndHandsOutCopies() {
        int[] most = {1, 1};
        PassShape shape = new PassShape(1, 3, most, false);
        most[0] = 1000;
        shape.maxTargets()[1] = 1000;
        assertArrayEquals(new int[] {1, 1}, shape.maxTargets());
    }

    @Test
    void aShapeOfMoreTargetsThanAnArrayHoldsIsRefused() {
        assertRefused(
                "Expected fewer than 2^31 tokens, and as many targets",
                () -> new PassShape(1, 3, new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE}, false));
        assertRefused(
                "Received: 65536 rows of 65536 tokens", () -> new PassShape(1 << 16, 1 << 16, new int[] {1}, false));
    }

    private static double sum(TrainingPass pass, Batch batch, boolean dropout) {
        return (dropout ? pass.loss(batch, 1, 0) : pass.loss(batch))
                .read()
                .get(0)
                .sum();
    }

    @ParameterizedTest
    @EnumSource(TaskKind.class)
    void aHeadOfFineTuningHasADropoutOfItsOwn(TaskKind task) {
        HeadKind head = task.head(task == TaskKind.REGRESSION ? 1 : 2, ClassLoss.PLAIN);
        int rowsOfAnswer = task == TaskKind.QUESTION_ANSWERING || task == TaskKind.MULTIPLE_CHOICE ? 3 : 1;
        int rows = task == TaskKind.RELATIONS ? 2 : rowsOfAnswer;
        int[] labels = task == TaskKind.QUESTION_ANSWERING ? new int[2] : new int[1];
        boolean numbers = task == TaskKind.REGRESSION || task == TaskKind.MULTI_LABEL;
        Batch batch = batch(new Targets(
                IntStream.range(0, rows).toArray(),
                new int[] {rows},
                numbers ? new int[0] : labels,
                numbers ? new float[task == TaskKind.REGRESSION ? 1 : 2] : new float[0]));
        for (Double dropout : Arrays.asList(null, 0.5)) {
            BertConfig config = SHAPE.toBuilder().classifierDropout(dropout).build();
            try (Bert model = new Bert(config, List.of(head), KERNELS)) {
                model.initialize(1);
                try (TrainingPass pass = model.trainingPass(1, 3, rows)) {
                    // As in transformers, the heads of questions and of words have no dropout.
                    boolean expected =
                            dropout != null && task != TaskKind.QUESTION_ANSWERING && task != TaskKind.SEQ2SEQ;
                    assertEquals(expected, sum(pass, batch, true) != sum(pass, batch, false));
                }
            }
        }
    }

    @Test
    void oneDropoutForAllTakesThePlaceOfThatOfTheHead() {
        BertConfig config =
                SHAPE.toBuilder().classifierDropout(0.5).dropout(0.25).build();
        assertEquals(0.25, config.headDropoutProb());
        assertEquals(0.5, config.toBuilder().classifierDropout(0.5).build().headDropoutProb());
        assertRefused(
                "Expected classifier_dropout in [0, 1). Received: 1.0",
                () -> config.toBuilder().classifierDropout(1.0).build());
    }

    private static double[] scores(InferencePass pass, Batch batch, Head head) {
        List<double[]> scores = new ArrayList<>();
        pass.scores(batch, new int[] {1}, head, (first, some) -> scores.add(GoldenFixture.numbers(some)));
        assertEquals(1, scores.size());
        return scores.get(0);
    }

    @Test
    void headsThatTakeTurnsScoreInTheSameMemory() {
        try (Bert model = model(LanguageModelHead.MASKED, PAIRS);
                InferencePass first = model.inferencePass();
                InferencePass second = model.inferencePass();
                InferencePass pass = model.inferencePass()) {
            Head mlm = model.requireHead("mlm");
            Head pairs = model.requireHead("nsp");
            double[] words = scores(first, batch(), mlm);
            double[] classes = scores(second, batch(), pairs);
            assertArrayEquals(words, scores(pass, batch(), mlm));
            List<Arena> arenas = Arena.open();
            for (int round = 0; round < 3; round++) {
                assertArrayEquals(classes, scores(pass, batch(), pairs));
                assertArrayEquals(words, scores(pass, batch(), mlm));
            }
            List<Arena> later = new ArrayList<>(Arena.open());
            later.removeAll(arenas);
            assertEquals(List.of(), later);
        }
    }

    /** Its widths may be others: kernels would read beside their arrays. */
    @Test
    void theHeadOfAnotherModelIsRefused() {
        try (Bert model = model(LanguageModelHead.MASKED);
                Bert other = model(LanguageModelHead.MASKED);
                InferencePass pass = model.inferencePass()) {
            assertRefused("a head of another model", () -> scores(pass, batch(), other.requireHead("mlm")));
        }
    }
}
