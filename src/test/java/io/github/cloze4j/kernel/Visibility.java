package io.github.cloze4j.kernel;

import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.List;

/** Documents of the same lengths whose tokens see different parts of them. */
public final class Visibility {
    /** Tokens of a batch that is not sampled. */
    private static final int SHORT = 64;

    private Visibility() {}

    /**
     * Bidirectional and causal documents, and mixtures in which each document has in turn the prefixes 1, its length less 1, its
     * length, 0 and a random one.
     *
     * @param offsets as in {@link Documents}
     */
    public static List<Documents> all(int[] offsets, RandomStream random) {
        List<Documents> all = new ArrayList<>(List.of(Documents.bidirectional(offsets), Documents.causal(offsets)));
        for (int first = 0; first < 5; first++) {
            all.add(mixture(offsets, first, random));
        }
        return all;
    }

    /** The same of short documents; of long ones, which take seconds, bidirectional and causal ones and one mixture that is drawn. */
    public static List<Documents> some(int[] offsets, RandomStream random) {
        return offsets[offsets.length - 1] <= SHORT
                ? all(offsets, random)
                : List.of(
                        Documents.bidirectional(offsets),
                        Documents.causal(offsets),
                        mixture(offsets, random.nextInt(5), random));
    }

    private static Documents mixture(int[] offsets, int first, RandomStream random) {
        int[] prefixes = new int[offsets.length - 1];
        for (int d = 0; d < prefixes.length; d++) {
            int length = offsets[d + 1] - offsets[d];
            prefixes[d] = switch ((first + d) % 5) {
                case 0 -> 1;
                case 1 -> length - 1;
                case 2 -> length;
                case 3 -> 0;
                default -> random.nextInt(length + 1);
            };
        }
        return new Documents(offsets, prefixes);
    }
}
