package io.github.cloze4j.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Pairs as {@code create_pretraining_data.py} of google-research/bert makes them: one sequence of draws over all documents,
 * lists of tokens that are cut one by one. Written down from its description, to be compared with, not to be fast.
 */
final class GooglePairs {
    private static final double SHORT_PROBABILITY = 0.1;

    private final List<List<int[]>> documents;
    private final int maxTokens;
    private final Random random;

    /** Lengths of a pair, and whether its second text was drawn. */
    record Pair(int firstLength, int secondLength, boolean drawn) {}

    GooglePairs(List<List<int[]>> documents, int seqLen, Random random) {
        this.documents = documents;
        this.maxTokens = seqLen - 3;
        this.random = random;
    }

    List<Pair> ofAllDocuments() {
        List<Pair> pairs = new ArrayList<>();
        for (int document = 0; document < documents.size(); document++) {
            addPairs(document, pairs);
        }
        return pairs;
    }

    private void addPairs(int number, List<Pair> pairs) {
        List<int[]> document = documents.get(number);
        int target = random.nextDouble() < SHORT_PROBABILITY ? between(2, maxTokens) : maxTokens;
        List<int[]> chunk = new ArrayList<>();
        for (int i = 0; i < document.size(); i++) {
            chunk.add(document.get(i));
            if (i < document.size() - 1 && tokens(chunk).size() < target) {
                continue;
            }
            int middle = chunk.size() < 2 ? 1 : between(1, chunk.size() - 1);
            List<Integer> first = tokens(chunk.subList(0, middle));
            List<Integer> second = new ArrayList<>(tokens(chunk.subList(middle, chunk.size())));
            boolean drawn = chunk.size() == 1 || random.nextDouble() < 0.5;
            if (drawn) {
                i -= chunk.size() - middle;
                second = ofAnother(number, target - first.size());
            }
            cut(first, second);
            pairs.add(new Pair(first.size(), second.size(), drawn));
            chunk.clear();
        }
    }

    private List<Integer> ofAnother(int number, int target) {
        int other = number;
        for (int draw = 0; draw < 10 && other == number; draw++) {
            other = between(0, documents.size() - 1);
        }
        List<int[]> document = documents.get(other);
        List<int[]> taken = new ArrayList<>();
        for (int i = between(0, document.size() - 1); i < document.size(); i++) {
            taken.add(document.get(i));
            if (tokens(taken).size() >= target) {
                break;
            }
        }
        return tokens(taken);
    }

    private void cut(List<Integer> first, List<Integer> second) {
        while (first.size() + second.size() > maxTokens) {
            List<Integer> longer = first.size() > second.size() ? first : second;
            longer.remove(random.nextDouble() < 0.5 ? 0 : longer.size() - 1);
        }
    }

    /** Both included. */
    private int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    private static List<Integer> tokens(List<int[]> sentences) {
        List<Integer> tokens = new ArrayList<>();
        for (int[] sentence : sentences) {
            for (int token : sentence) {
                tokens.add(token);
            }
        }
        return tokens;
    }
}
