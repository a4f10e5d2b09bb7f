package io.github.cloze4j.tokenizer;

import java.util.Arrays;

/**
 * The pieces of a vocabulary as a tree of UTF-16 units: walking it along a word finds the longest piece that the word
 * starts with, without a string made. Immutable and thread-safe.
 *
 * <p>All edges stand in one hash table with open addressing. A slot is one {@code long}: parent node (24 bits), unit (16
 * bits), child node (24 bits), so a step costs one look-up in memory as a rule.
 */
final class PieceTrie {
    /** What begins a word. */
    static final int WORD_START = 1;
    /** What continues one: tokens that begin with {@code ##}, without that. */
    static final int CONTINUATION = 2;

    private static final int NONE = -1;
    private static final int NODE_BITS = 24;
    private static final int MAX_NODES = 1 << NODE_BITS;
    private static final long NODE_MASK = MAX_NODES - 1;
    /** The golden ratio's fraction: multiplicative hashing, Knuth, volume 3, section 6.4. */
    private static final long HASH_FACTOR = 0x9E3779B97F4A7C15L;

    private static final int FIRST_EDGES = 1 << 12;

    private long[] edges = new long[FIRST_EDGES];
    private int shift = shift(FIRST_EDGES);
    /** By node: the id of the piece that ends there, or NONE. */
    private int[] pieceIds = new int[FIRST_EDGES];

    /** Node 0 is never a child, so that an empty slot is 0. */
    private int nodes = CONTINUATION + 1;

    /** @param cutsPunctuation whether no word begins with {@code ##}, because the characters of punctuation are words */
    PieceTrie(Vocabulary vocabulary, boolean cutsPunctuation) {
        Arrays.fill(pieceIds, NONE);
        vocabulary.pieces().forEach((token, id) -> {
            boolean continues = token.startsWith(Vocabulary.CONTINUATION_PREFIX);
            // A blank line of a vocabulary is a token that no text has.
            if (!token.isEmpty() && !(continues && cutsPunctuation)) {
                add(WORD_START, token, id);
            }
            if (continues && token.length() > Vocabulary.CONTINUATION_PREFIX.length()) {
                add(CONTINUATION, token.substring(Vocabulary.CONTINUATION_PREFIX.length()), id);
            }
        });
    }

    /** The node that an edge leads to, or 0 if there is no such edge. */
    int child(int node, char unit) {
        long key = key(node, unit);
        for (int slot = slot(key); ; slot = (slot + 1) & (edges.length - 1)) {
            long edge = edges[slot];
            if (edge >>> NODE_BITS == key) {
                return (int) (edge & NODE_MASK);
            }
            if (edge == 0) {
                return 0;
            }
        }
    }

    /** The id of the piece that ends at a node; negative if none does. */
    int pieceId(int node) {
        return pieceIds[node];
    }

    private void add(int root, String piece, int id) {
        int node = root;
        for (int i = 0; i < piece.length(); i++) {
            int next = child(node, piece.charAt(i));
            node = next == 0 ? addEdge(node, piece.charAt(i)) : next;
        }
        pieceIds[node] = id;
    }

    private int addEdge(int parent, char unit) {
        if (nodes == MAX_NODES) {
            throw new IllegalArgumentException("Expected a vocabulary whose tokens have fewer than " + MAX_NODES
                    + " different beginnings. Received: more. Use a smaller vocabulary.");
        }
        if (nodes == pieceIds.length) {
            pieceIds = Arrays.copyOf(pieceIds, 2 * nodes);
            Arrays.fill(pieceIds, nodes, 2 * nodes, NONE);
        }
        // At most a quarter full, so that probes are short.
        if (4 * nodes > edges.length) {
            grow();
        }
        int child = nodes++;
        put(key(parent, unit) << NODE_BITS | child);
        return child;
    }

    private void grow() {
        long[] old = edges;
        edges = new long[2 * old.length];
        shift = shift(edges.length);
        for (long edge : old) {
            if (edge != 0) {
                put(edge);
            }
        }
    }

    private void put(long edge) {
        int slot = slot(edge >>> NODE_BITS);
        while (edges[slot] != 0) {
            slot = (slot + 1) & (edges.length - 1);
        }
        edges[slot] = edge;
    }

    private static long key(int node, char unit) {
        return (long) node << Character.SIZE | unit;
    }

    private int slot(long key) {
        return (int) ((key * HASH_FACTOR) >>> shift);
    }

    private static int shift(int slots) {
        return Long.SIZE - Integer.numberOfTrailingZeros(slots);
    }
}
