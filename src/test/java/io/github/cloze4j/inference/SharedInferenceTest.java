package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** One inference object, or several on one model, serve many threads; closing waits, and what comes later is refused. */
class SharedInferenceTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 40;
    private static final List<String> TEXTS =
            List.of("the [MASK] is red .", "a word [MASK] here , and [MASK] there .", "[MASK] .");

    private final Kernels kernels = KernelProviders.create("cpu", DataType.FLOAT);
    private final Bert model = ModelDirectory.readModel(PretrainedFixture.DIRECTORY, kernels);
    private final BertTokenizer tokenizer = InferenceFixture.tokenizer();

    @AfterEach
    void close() {
        model.close();
        kernels.close();
    }

    /** Runs each work in threads of its own, all at once; what one throws fails the test. */
    private static void atOnce(List<Callable<?>> works) throws InterruptedException, ExecutionException {
        ExecutorService pool = Executors.newFixedThreadPool(works.size());
        try {
            for (Future<Object> done : pool.invokeAll(
                    works.stream().map(work -> (Callable<Object>) work::call).toList())) {
                done.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    private static Callable<?> repeated(Callable<?> work) {
        return () -> {
            for (int i = 0; i < ROUNDS; i++) {
                work.call();
            }
            return null;
        };
    }

    private ZeroShotClassifier classifier() {
        List<LabelWords> labels = List.of(LabelWords.of("cat"), new LabelWords("other", List.of("king", "undoable")));
        return ZeroShotClassifier.byPattern(model, tokenizer, "{text} a [MASK] .", labels, List.of(""));
    }

    @Test
    void threadsThatShareEverythingGetTheAnswersOfOneThread() throws InterruptedException, ExecutionException {
        try (FillMask fillMask = new FillMask(model, tokenizer);
                SentenceEmbedder embedder =
                        new SentenceEmbedder(model, tokenizer, SentenceEmbedder.Pooling.MEAN, true);
                PseudoPerplexity perplexity = new PseudoPerplexity(model, tokenizer, PseudoPerplexity.Hiding.TOKEN);
                ZeroShotClassifier classifier = classifier()) {
            List<Callable<?>> works = new ArrayList<>();
            for (String text : TEXTS) {
                List<List<Prediction>> predictions = fillMask.fill(text, 3);
                float[] vector = embedder.embed(text);
                PseudoPerplexity.Score score = perplexity.score(text);
                ZeroShotClassifier.Answer answer = classifier.classify(text);
                works.add(repeated(() -> {
                    assertEquals(answer, classifier.classify(text));
                    return null;
                }));
                works.add(repeated(() -> {
                    assertEquals(predictions, fillMask.fill(text, 3));
                    return null;
                }));
                works.add(repeated(() -> {
                    assertArrayEquals(vector, embedder.embed(text));
                    return null;
                }));
                works.add(repeated(() -> {
                    assertEquals(score, perplexity.score(text));
                    return null;
                }));
            }
            atOnce(works);
        }
    }

    @Test
    void anotherModelOnTheSameKernelsDoesNotDisturb() throws InterruptedException, ExecutionException {
        try (Bert other = ModelDirectory.readModel(PretrainedFixture.DIRECTORY, kernels);
                SentenceEmbedder one = new SentenceEmbedder(model, tokenizer, SentenceEmbedder.Pooling.MEAN, true);
                SentenceEmbedder two = new SentenceEmbedder(other, tokenizer, SentenceEmbedder.Pooling.CLS, false)) {
            List<float[]> first = one.embed(TEXTS);
            List<float[]> second = two.embed(TEXTS);
            List<Callable<?>> works = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SentenceEmbedder embedder = i % 2 == 0 ? one : two;
                List<float[]> expected = i % 2 == 0 ? first : second;
                works.add(repeated(() -> {
                    List<float[]> vectors = embedder.embed(TEXTS);
                    for (int text = 0; text < vectors.size(); text++) {
                        assertArrayEquals(expected.get(text), vectors.get(text));
                    }
                    return null;
                }));
            }
            atOnce(works);
        }
    }

    /** A server that swaps its model. The answers are long calls, so that the close comes in the midst of one. */
    @Test
    void closingTheModelWhileOthersInferAnswersOrRefuses() throws InterruptedException, ExecutionException {
        List<String> many = Collections.nCopies(400, TEXTS.get(1));
        try (FillMask fillMask = new FillMask(model, tokenizer)) {
            List<List<Prediction>> expected = fillMask.fill(TEXTS.get(1), 2);
            CountDownLatch begun = new CountDownLatch(THREADS);
            AtomicInteger refused = new AtomicInteger();
            List<Callable<?>> works = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                works.add(() -> {
                    begun.countDown();
                    while (true) {
                        try {
                            for (List<List<Prediction>> answer : fillMask.fill(many, 2)) {
                                assertEquals(ids(expected), ids(answer));
                            }
                        } catch (IllegalStateException closed) {
                            assertTrue(closed.getMessage().contains("closed"), closed.getMessage());
                            refused.incrementAndGet();
                            return null;
                        }
                    }
                });
            }
            works.add(() -> {
                begun.await();
                Thread.sleep(20);
                model.close();
                return null;
            });
            atOnce(works);
            assertEquals(THREADS, refused.get());
        }
    }

    private static List<List<Integer>> ids(List<List<Prediction>> predictions) {
        return predictions.stream()
                .map(mask -> mask.stream().map(Prediction::id).toList())
                .toList();
    }

    @Test
    void aClosedObjectRefusesAndTheModelGoesOn() {
        FillMask fillMask = new FillMask(model, tokenizer);
        SentenceEmbedder embedder = new SentenceEmbedder(model, tokenizer, SentenceEmbedder.Pooling.MEAN, true);
        PseudoPerplexity perplexity = new PseudoPerplexity(model, tokenizer, PseudoPerplexity.Hiding.TOKEN);
        fillMask.fill(TEXTS, 1);
        fillMask.close();
        fillMask.close();
        perplexity.close();
        ZeroShotClassifier classifier = classifier();
        classifier.classify(TEXTS);
        classifier.close();

        assertThrows(IllegalStateException.class, () -> classifier.classify(TEXTS));
        assertThrows(IllegalStateException.class, () -> fillMask.fill(TEXTS, 1));
        assertThrows(IllegalStateException.class, () -> perplexity.score(TEXTS));
        embedder.embed(TEXTS);
        embedder.close();
        assertThrows(IllegalStateException.class, () -> embedder.embed(TEXTS));
    }

    @Test
    void anInterruptEndsACallOfManyTextsAndNotOneOfFew() {
        try (FillMask fillMask = new FillMask(model, tokenizer)) {
            Thread.currentThread().interrupt();
            fillMask.fill(TEXTS, 1);
            assertTrue(Thread.currentThread().isInterrupted());
            String message = assertThrows(
                            Cloze4jException.class, () -> fillMask.fill(Collections.nCopies(1000, TEXTS.get(0)), 1))
                    .getMessage();
            assertTrue(message.contains("interrupt"), message);
            assertTrue(Thread.interrupted());
            fillMask.fill(TEXTS, 1);
        }
    }
}
