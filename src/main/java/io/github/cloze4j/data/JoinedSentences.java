package io.github.cloze4j.data;

import java.util.List;

/**
 * A document made of its sentences.
 *
 * @param ids of all sentences, one after the other
 * @param ends where each sentence ends in {@code ids}; sentences without a token are left out
 */
record JoinedSentences(int[] ids, int[] ends) {
    static JoinedSentences of(List<int[]> sentences) {
        List<int[]> filled = sentences.stream().filter(ids -> ids.length > 0).toList();
        int[] ids =
                new int[filled.stream().mapToInt(sentence -> sentence.length).sum()];
        int[] ends = new int[filled.size()];
        int length = 0;
        for (int i = 0; i < ends.length; i++) {
            int[] sentence = filled.get(i);
            System.arraycopy(sentence, 0, ids, length, sentence.length);
            length += sentence.length;
            ends[i] = length;
        }
        return new JoinedSentences(ids, ends);
    }
}
