package io.github.cloze4j.inference;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Nearest label by embedding: {@link ZeroShotClassifier} defines the scores. */
final class EmbeddingMethod implements ZeroShotMethod {
    /** The factor of cosines before softmax with which sentence-transformers trains ({@code MultipleNegativesRankingLoss}). */
    private static final double SCALE = 20;

    private final List<LabelWords> labels;
    private final SentenceEmbedder embedder;

    EmbeddingMethod(Bert model, BertTokenizer tokenizer, EmbedderSettings settings, List<LabelWords> labels) {
        this.labels = List.copyOf(labels);
        // Words that are unknown would have a vector, but not one of their own.
        LabelPieces.of(labels, settings.lowerCase() ? tokenizer.lowerCasing() : tokenizer);
        embedder = new SentenceEmbedder(model, tokenizer, settings.withNormalize(true));
    }

    @Override
    public List<ZeroShotClassifier.Answer> classify(List<String> texts) {
        // Words are embedded with the texts, by the same state of the weights.
        List<String> words = labels.stream().flatMap(of -> of.words().stream()).toList();
        List<float[]> vectors =
                embedder.embed(Stream.concat(words.stream(), texts.stream()).toList());
        double[][] centres = new double[labels.size()][];
        int word = 0;
        for (int label = 0; label < centres.length; label++) {
            int end = word + labels.get(label).words().size();
            centres[label] = direction(vectors.subList(word, end));
            word = end;
        }
        return IntStream.range(0, texts.size())
                .mapToObj(text -> ZeroShotMethod.answer(
                        labels, scores(centres, vectors.get(words.size() + text)), embedder.cuts(texts.get(text))))
                .toList();
    }

    @Override
    public void close() {
        embedder.close();
    }

    private static double[] scores(double[][] centres, float[] text) {
        double[] scores = new double[centres.length];
        for (int label = 0; label < scores.length; label++) {
            for (int i = 0; i < text.length; i++) {
                scores[label] += SCALE * centres[label][i] * text[i];
            }
        }
        return scores;
    }

    /** The sum of vectors, as a vector of length 1. */
    private static double[] direction(List<float[]> vectors) {
        double[] sum = new double[vectors.get(0).length];
        double squares = 0;
        for (int i = 0; i < sum.length; i++) {
            for (float[] vector : vectors) {
                sum[i] += vector[i];
            }
            squares += sum[i] * sum[i];
        }
        double norm = Math.max(Math.sqrt(squares), Float.MIN_NORMAL);
        for (int i = 0; i < sum.length; i++) {
            sum[i] /= norm;
        }
        return sum;
    }
}
