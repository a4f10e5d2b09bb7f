package io.github.cloze4j.data;

import java.util.List;

/** A document made of its sentences. */
public final class JoinedSentences {
    private final int[] ids;
    private final int[] ends;

    private JoinedSentences(int[] ids, int[] ends) {
        this.ids = ids;
        this.ends = ends;
    }

    /** Joins sentences; those without a token are left out. */
    public static JoinedSentences of(List<int[]> sentences) {
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

    /** The token ids of all sentences, one sentence after the other. */
    public int[] ids() {
        return ids;
    }

    /** For each sentence, the index in {@link #ids} after its last token. */
    public int[] ends() {
        return ends;
    }
}
