package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Labels whose words a model knows. */
final class LabelPieces {
    private static final int FEWEST_LABELS = 2;

    private LabelPieces() {}

    /**
     * The pieces of the words of labels, {@code [label][word][piece]}.
     *
     * @throws IllegalArgumentException if there are fewer than two labels, two of one name or of the same words, or a word
     *     that the vocabulary does not have
     */
    static int[][][] of(List<LabelWords> labels, BertTokenizer tokenizer) {
        if (labels.size() < FEWEST_LABELS) {
            throw new IllegalArgumentException("Expected at least two labels. Received: "
                    + (labels.isEmpty()
                            ? "none"
                            : "one, " + InputTexts.quote(labels.get(0).label()))
                    + ". Add labels to choose from");
        }
        Set<String> names = new HashSet<>();
        Map<Set<List<Integer>>, String> known = new HashMap<>();
        int[][][] pieces = new int[labels.size()][][];
        for (int label = 0; label < pieces.length; label++) {
            LabelWords of = labels.get(label);
            if (!names.add(of.label())) {
                throw new IllegalArgumentException("Expected labels that differ. Received: "
                        + InputTexts.quote(of.label()) + " twice. Name each label once");
            }
            pieces[label] =
                    of.words().stream().map(word -> pieces(of, word, tokenizer)).toArray(int[][]::new);
            String same = known.put(
                    Arrays.stream(pieces[label]).map(LabelPieces::list).collect(Collectors.toSet()), of.label());
            if (same != null) {
                throw new IllegalArgumentException("Expected labels with words of their own. Received: the same tokens"
                        + " for " + InputTexts.quote(same) + " and " + InputTexts.quote(of.label())
                        + ". Change the words of one of them");
            }
        }
        return pieces;
    }

    private static int[] pieces(LabelWords label, String word, BertTokenizer tokenizer) {
        int unknown = tokenizer.vocabulary().unkId();
        int[] ids = tokenizer
                .encode(word, new EncodeOptions(Integer.MAX_VALUE, false, false))
                .ids();
        if (ids.length == 0 || Arrays.stream(ids).anyMatch(id -> id == unknown)) {
            throw new IllegalArgumentException("Expected words that the vocabulary of the model has. Received: "
                    + InputTexts.quote(word) + " for the label " + InputTexts.quote(label.label()) + ", "
                    + (ids.length == 0 ? "which has no token" : "which has a token that is unknown")
                    + ". Give the label another word");
        }
        return ids;
    }

    private static List<Integer> list(int[] ids) {
        return Arrays.stream(ids).boxed().toList();
    }
}
