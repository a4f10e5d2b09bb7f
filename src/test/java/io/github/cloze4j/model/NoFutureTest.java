package io.github.cloze4j.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.Precision;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;

/** A token that comes later changes no bit of an earlier score: in rows of several documents, of one, and with kept keys and values. */
class NoFutureTest {
    private static final int WORDS = 31;
    private static final int LENGTH = 70;

    private final long seed = System.nanoTime();
    private final RandomStream random = new RandomStream(seed, 0, 0, 0);

    private static Bert model(Kernels kernels) {
        BertConfig config =
                new BertConfig(WORDS, 8, 2, 2, 12, Activation.GELU, 0.1, 0.1, 80, 1, 0.5, 1e-12, true, null, true);
        Bert model = new Bert(config, List.of(LanguageModelHead.NEXT_WORD), kernels);
        model.initialize(3);
        BertGradientTest.disturb(model);
        return model;
    }

    private static Batch batch(int[] ids, Documents documents) {
        int[] positions = new int[ids.length];
        for (int d = 0; d < documents.count(); d++) {
            for (int token = documents.begin(d); token < documents.end(d); token++) {
                positions[token] = token - documents.begin(d);
            }
        }
        return new Batch(2, LENGTH, ids, new int[ids.length], positions, documents, ids.length, List.of());
    }

    /** The scores of all tokens, a row each. */
    private static List<double[]> scores(InferencePass pass, Bert model, Batch batch) {
        List<double[]> rows = new ArrayList<>();
        pass.scores(
                batch,
                IntStream.range(0, batch.tokens()).toArray(),
                model.heads().get(0),
                (first, scores) -> {
                    double[] some = GoldenFixture.numbers(model.parameters().kernels(), scores);
                    for (int row = 0; row < some.length / WORDS; row++) {
                        rows.add(Arrays.copyOfRange(some, row * WORDS, (row + 1) * WORDS));
                    }
                });
        return rows;
    }

    private int[] ids(int count) {
        return IntStream.range(0, count).map(i -> random.nextInt(WORDS)).toArray();
    }

    /** Documents with and without a prefix; the change begins at a random token of one of them. */
    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "nd4j, FLOAT", "cpu, FLOAT"})
    void aLaterTokenChangesNoEarlierScore(String provider, DataType type) {
        System.err.println("NoFutureTest seed " + seed);
        int[] packed = {0, 5, 33, 34, 70, 71, 100, 140};
        int[] rows = {0, 70, 140};
        List<Documents> cases = List.of(
                Documents.causal(packed),
                Documents.causal(rows),
                new Documents(packed, new int[] {2, 20, 1, 0, 1, 29, 15}),
                new Documents(rows, new int[] {30, 0}));
        try (Kernels kernels = KernelProviders.create(provider, type, Precision.FULL, 2);
                Bert model = model(kernels);
                InferencePass pass = model.inferencePass()) {
            for (Documents documents : cases) {
                int[] ids = ids(2 * LENGTH);
                int document = random.nextInt(documents.count());
                int first = documents.begin(document)
                        + documents.prefix(document)
                        + random.nextInt(documents.length(document) - documents.prefix(document) + 1);
                int[] changed = ids.clone();
                for (int token = first; token < documents.end(document); token++) {
                    changed[token] = (ids[token] + 1 + random.nextInt(WORDS - 1)) % WORDS;
                }
                List<double[]> before = scores(pass, model, batch(ids, documents));
                List<double[]> after = scores(pass, model, batch(changed, documents));
                for (int token = 0; token < ids.length; token++) {
                    if (token < first || token >= documents.end(document)) {
                        assertArrayEquals(before.get(token), after.get(token), 0, "token " + token);
                    } else {
                        assertFalse(Arrays.equals(before.get(token), after.get(token)), "token " + token);
                    }
                }
            }
        }
    }

    /** The scores after each token of a text with a prefix and of a causal one beside it. */
    @ParameterizedTest
    @CsvSource({"nd4j, DOUBLE", "cpu, FLOAT"})
    void aTokenThatIsAppendedChangesNoScoreThatIsKept(String provider, DataType type) {
        System.err.println("NoFutureTest seed " + seed);
        List<Prompt> prompts = List.of(Prompt.causal(ids(6)), new Prompt(ids(9), new int[9], 4, 0));
        int[] ids = ids(20);
        int[] changed = ids.clone();
        int first = 1 + random.nextInt(9);
        for (int step = 2 * first; step < ids.length; step++) {
            changed[step] = (ids[step] + 1 + random.nextInt(WORDS - 1)) % WORDS;
        }
        try (Kernels kernels = KernelProviders.create(provider, type, Precision.FULL, 2);
                Bert model = model(kernels);
                Decoding decoding = model.decoding(model.heads().get(0), true)) {
            List<double[]> before = steps(decoding, prompts, ids);
            List<double[]> after = steps(decoding, prompts, changed);
            for (int step = 0; step < before.size(); step++) {
                if (step <= first) {
                    assertArrayEquals(before.get(step), after.get(step), 0, "step " + step);
                } else {
                    assertFalse(Arrays.equals(before.get(step), after.get(step)), "step " + step);
                }
            }
        }
    }

    private static List<double[]> steps(Decoding decoding, List<Prompt> prompts, int[] ids) {
        List<double[]> scores = new ArrayList<>();
        decoding.begin(prompts);
        scores.add(GoldenFixture.numbers(decoding.scores()));
        for (int step = 0; step < ids.length; step += 2) {
            decoding.append(ids[step], ids[step + 1]);
            scores.add(GoldenFixture.numbers(decoding.scores()));
        }
        return scores;
    }
}
