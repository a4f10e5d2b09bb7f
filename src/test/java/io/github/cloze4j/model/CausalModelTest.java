package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.cuda.EmulatedCudaProvider;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.testing.GradientCheck;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

/** Whole models whose tokens do not see all of their document. */
class CausalModelTest {
    private static final long SEED = 7;

    private static Batch batch(Documents documents, int seqLen, int[] ids, Targets targets) {
        int[] positions = new int[ids.length];
        for (int d = 0; d < documents.count(); d++) {
            for (int token = documents.begin(d); token < documents.end(d); token++) {
                positions[token] = token - documents.begin(d);
            }
        }
        return new Batch(
                ids.length / seqLen,
                seqLen,
                ids,
                new int[ids.length],
                positions,
                documents,
                ids.length,
                List.of(targets));
    }

    static Stream<Documents> documents() {
        int[] offsets = {0, 3, 7, 12, 14};
        return Stream.of(Documents.causal(offsets), new Documents(offsets, new int[] {1, 2, 4, 2}));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyGradientAgreesWithCentralDifferencesUnderDropout(Documents documents) {
        BertConfig config = BertGradientTest.tiny(Activation.GELU, 0.2);
        int[] ids = {2, 5, 3, 2, 6, 7, 3, 2, 9, 10, 9, 3, 0, 0};
        Batch batch = batch(documents, 7, ids, new Targets(new int[] {0, 4, 8, 9}, new int[] {5, 7, 10, 9}));
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
                TrainingPass pass = model.trainingPass(2, 7, 6)) {
            model.initialize(SEED, Initialization.NORMAL);
            pass.forwardBackward(batch, SEED, 3, 0.25);
            GradientCheck.assertGradients(
                    model.parameters(),
                    1e-6,
                    1e-8,
                    () -> 0.25 * pass.loss(batch, SEED, 3).read().get(0).sum());
        }
    }

    /**
     * A document is longer than the blocks of any kernels, and each of its tokens another word. The decoder is a weight of its
     * own, so that the gradient of a word comes from its token alone.
     */
    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "nd4j, FLOAT", "cpu, FLOAT", "cuda-emulated, FLOAT"})
    void laterTokensChangeNeitherTheLossOfAnEarlyTokenNorHaveAGradient(String provider, DataType type) {
        assumeTrue(
                !provider.equals(EmulatedCudaProvider.NAME) || EmulatedCudaProvider.isAvailable(),
                EmulatedCudaProvider.NEEDS);
        long seed = System.nanoTime();
        System.err.println("CausalModelTest seed " + seed);
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        int length = 90;
        int prefix = random.nextInt(80);
        int token = random.nextInt(length - 1);
        Documents documents = new Documents(new int[] {0, 5, 5 + length}, new int[] {5, prefix});
        int end = documents.visibleEnd(1, 5 + token);
        BertConfig config = BertGradientTest.untied(
                new BertConfig(200, 8, 2, 2, 12, Activation.GELU, 0.1, 0.1, 100, 1, 0.3, 1e-12, true, null, false));
        int[] ids = IntStream.range(0, 5 + length).map(i -> 20 + i).toArray();
        int[] others = ids.clone();
        Arrays.setAll(others, i -> i < end ? ids[i] : 140 + random.nextInt(60));
        int[] visible = ids.clone();
        visible[end - 1] = 139;
        Targets target = new Targets(new int[] {5 + token}, new int[] {9});
        try (Kernels kernels = KernelProviders.create(provider, type);
                Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), kernels);
                TrainingPass pass = model.trainingPass(1, 5 + length, 1)) {
            model.initialize(seed, Initialization.NORMAL);
            double loss = train(pass, batch(documents, 5 + length, ids, target));
            double[] table = GoldenFixture.numbers(
                    kernels,
                    model.parameters()
                            .parameter("bert.embeddings.word_embeddings.weight")
                            .gradient());
            for (int i = 0; i < ids.length; i++) {
                double[] gradient = Arrays.copyOfRange(table, ids[i] * 8, ids[i] * 8 + 8);
                // Neither the document before nor what is hidden in this one.
                boolean isSeen = i >= 5 && i < end;
                assertEquals(isSeen, Arrays.stream(gradient).anyMatch(x -> x != 0), "token " + i + " of " + end);
            }
            assertEquals(loss, train(pass, batch(documents, 5 + length, others, target)));
            assertNotEquals(loss, train(pass, batch(documents, 5 + length, visible, target)));
        }
    }

    private static double train(TrainingPass pass, Batch batch) {
        return pass.forwardBackward(batch, SEED, 1, 1).read().get(0).sum();
    }
}
