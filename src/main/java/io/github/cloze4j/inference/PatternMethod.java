package io.github.cloze4j.inference;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Pattern and verbalizer: {@link ZeroShotClassifier} defines the scores. */
final class PatternMethod implements ZeroShotMethod {
    private final List<LabelWords> labels;
    private final List<String> neutralTexts;
    private final PackedModel packed;
    private final MaskPattern pattern;
    /** {@code [label][word][piece]}. */
    private final int[][][] pieces;
    /** The numbers of pieces that words have, ascending: each text is scored once with each number of masks. */
    private final int[] maskCounts;
    /** The most tokens of a text beside the longest pattern, so that all labels see the same text. */
    private final int room;

    PatternMethod(
            Bert model, BertTokenizer tokenizer, String pattern, List<LabelWords> labels, List<String> neutralTexts) {
        PackedModel.requireMaskedWords(model);
        this.labels = List.copyOf(labels);
        this.neutralTexts = List.copyOf(neutralTexts);
        this.pattern = new MaskPattern(pattern, tokenizer);
        pieces = LabelPieces.of(labels, tokenizer);
        maskCounts = Arrays.stream(pieces)
                .flatMap(Arrays::stream)
                .mapToInt(word -> word.length)
                .sorted()
                .distinct()
                .toArray();
        int around = this.pattern.tokensAroundText(maskCounts[maskCounts.length - 1]);
        room = model.config().maxPositionEmbeddings() - around;
        if (room < 1) {
            throw new IllegalArgumentException("Expected a pattern and label words that leave room for a text in "
                    + model.config().maxPositionEmbeddings() + " tokens (max_position_embeddings). Received: " + around
                    + " tokens without the text. Shorten the pattern " + InputTexts.quote(pattern)
                    + " or the longest label word");
        }
        packed = new PackedModel(model, tokenizer, "ZeroShotClassifier");
    }

    @Override
    public List<ZeroShotClassifier.Answer> classify(List<String> texts) {
        // Neutral texts are scored with the others, by the same state of the weights.
        List<Encoding> encodings = Stream.concat(neutralTexts.stream(), texts.stream())
                .map(this::encode)
                .toList();
        double[][] scores = new double[encodings.size()][labels.size()];
        Stream<Document> documents = PackedModel.longestFirst(encodings)
                .boxed()
                .flatMap(text -> documents(text, encodings.get(text).ids()));
        packed.answer(documents, batch -> packed.scores(batch, (first, logits) -> add(batch, first, logits, scores)));
        int neutral = neutralTexts.size();
        double[] withoutText = withoutText(Arrays.copyOf(scores, neutral));
        return IntStream.range(neutral, scores.length)
                .mapToObj(text -> ZeroShotMethod.answer(
                        labels,
                        difference(scores[text], withoutText),
                        encodings.get(text).ids().length > room))
                .toList();
    }

    @Override
    public void close() {
        packed.close();
    }

    /** The tokens of a text; special tokens that are written in it are words like any, so that no mask is mistaken. */
    private Encoding encode(String text) {
        return packed.tokenizer().encode(text, new EncodeOptions(Integer.MAX_VALUE, false, false));
    }

    private Stream<Document> documents(int text, int[] ids) {
        return IntStream.range(0, maskCounts.length)
                .mapToObj(count -> pattern.document(
                        text * maskCounts.length + count, ids, Math.min(ids.length, room), maskCounts[count]));
    }

    /** Adds the log-probabilities at some masks to the scores {@code [text][label]} of the words with as many pieces. */
    private void add(PackedDocuments batch, int first, INDArray logits, double[][] scores) {
        packed.rows().read(logits);
        for (int row = 0; row < logits.size(0); row++) {
            int document = batch.maskedTexts()[first + row];
            int mask = batch.labels()[first + row];
            int masks = maskCounts[document % maskCounts.length];
            double[] text = scores[document / maskCounts.length];
            double[] vocabulary = packed.rows().row(row);
            double logSum = Probabilities.logSum(vocabulary);
            for (int label = 0; label < text.length; label++) {
                for (int[] word : pieces[label]) {
                    if (word.length == masks) {
                        text[label] += (vocabulary[word[mask]] - logSum) / masks / pieces[label].length;
                    }
                }
            }
        }
    }

    /**
     * The logarithm of the mean probability of each label in the neutral texts; without any, 0 for all.
     *
     * @param scores {@code [neutral text][label]}
     */
    private double[] withoutText(double[][] scores) {
        double[] means = new double[labels.size()];
        for (int label = 0; label < means.length && scores.length > 0; label++) {
            int of = label;
            double[] own = Arrays.stream(scores).mapToDouble(text -> text[of]).toArray();
            means[label] = Probabilities.logSum(own) - Math.log(own.length);
        }
        return means;
    }

    private static double[] difference(double[] scores, double[] subtracted) {
        return IntStream.range(0, scores.length)
                .mapToDouble(i -> scores[i] - subtracted[i])
                .toArray();
    }
}
