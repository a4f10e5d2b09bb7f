package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.random.Permutation;
import io.github.cloze4j.random.RandomStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Splits records into 80 % training, 10 % validation and 10 % test so that records that share a key are in one part.
 *
 * <p>Records that share a key, directly or through other records, form a group. The hash of the group's smallest key decides its
 * part. Groups with more than 1 % of the records are always training data: in a small part they would outweigh all others.
 */
final class LeakFreeSplit {
    private static final double TRAIN = 0.8;
    private static final double VALIDATION = 0.1;
    private static final double LARGEST_GROUP = 0.01;
    private static final int UNUSED_BITS = 11;
    private static final double UNIT = 0x1p-53;
    /** Tells the shuffle from other draws of a seed. */
    private static final long SHUFFLE = 1;

    private LeakFreeSplit() {}

    /**
     * Splits records, each part in random order.
     *
     * @param keys the keys of a record, at least one
     */
    static <T> Map<Part, List<T>> of(long seed, List<T> records, Function<T, ? extends Collection<String>> keys) {
        Groups groups = new Groups();
        List<String> first = new ArrayList<>();
        for (T item : records) {
            List<String> itsKeys = List.copyOf(keys.apply(item));
            first.add(itsKeys.get(0));
            itsKeys.forEach(key -> groups.join(itsKeys.get(0), key));
        }
        Map<String, Integer> sizes = new HashMap<>();
        first.forEach(key -> sizes.merge(groups.group(key), 1, Integer::sum));
        Map<Part, List<T>> parts = new EnumMap<>(Part.class);
        for (Part part : Part.values()) {
            parts.put(part, new ArrayList<>());
        }
        for (int i = 0; i < records.size(); i++) {
            String group = groups.group(first.get(i));
            boolean large = sizes.getOrDefault(group, 0) > Math.max(1, LARGEST_GROUP * records.size());
            parts.get(large ? Part.TRAIN : part(seed, group)).add(records.get(i));
        }
        parts.replaceAll((part, list) -> shuffled(seed, part, list));
        return parts;
    }

    /** The part of a key that stands alone. */
    static Part part(long seed, String key) {
        double place = hash(seed + " " + key);
        return place < TRAIN ? Part.TRAIN : place < TRAIN + VALIDATION ? Part.VALIDATION : Part.TEST;
    }

    static <T> List<T> shuffled(long seed, Part part, List<T> list) {
        if (list.isEmpty()) {
            return list;
        }
        Permutation order = new Permutation(list.size(), new RandomStream(seed, SHUFFLE, part.ordinal(), 0));
        List<T> shuffled = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            shuffled.add(list.get((int) order.apply(i)));
        }
        return shuffled;
    }

    /** A number that looks uniform on [0, 1). */
    static double hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            long bits = 0;
            for (int i = 0; i < Long.BYTES; i++) {
                bits = (bits << Byte.SIZE) | (digest[i] & 0xFF);
            }
            return (bits >>> UNUSED_BITS) * UNIT;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** Disjoint sets of keys (union-find with path halving); the smallest key names a set. */
    private static final class Groups {
        private final Map<String, String> parents = new HashMap<>();

        String group(String key) {
            String at = key;
            String parent = parents.getOrDefault(at, at);
            while (!parent.equals(at)) {
                String grandparent = parents.getOrDefault(parent, parent);
                parents.put(at, grandparent);
                at = grandparent;
                parent = parents.getOrDefault(at, at);
            }
            return at;
        }

        void join(String one, String other) {
            String left = group(one);
            String right = group(other);
            int order = left.compareTo(right);
            if (order != 0) {
                parents.put(order < 0 ? right : left, order < 0 ? left : right);
            }
        }
    }
}
