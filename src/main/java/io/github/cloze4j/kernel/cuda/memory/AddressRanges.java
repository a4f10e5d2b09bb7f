package io.github.cloze4j.kernel.cuda.memory;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A set of addresses, kept as ranges that neither overlap nor touch. */
final class AddressRanges {
    /** First address to the one behind the last. */
    private final NavigableMap<Long, Long> ranges = new TreeMap<>();

    /** Addresses {@code [start, end)}. */
    record Range(long start, long end) {}

    /** The same addresses in a set of their own. */
    AddressRanges copy() {
        AddressRanges copy = new AddressRanges();
        copy.ranges.putAll(ranges);
        return copy;
    }

    /** Puts {@code [start, end)} in. */
    void add(long start, long end) {
        if (start >= end) {
            return;
        }
        long first = start;
        long last = end;
        for (Map.@Nullable Entry<Long, Long> touched = ranges.floorEntry(last);
                touched != null && touched.getValue() >= first;
                touched = ranges.floorEntry(last)) {
            first = Math.min(first, touched.getKey());
            last = Math.max(last, touched.getValue());
            ranges.remove(touched.getKey());
        }
        ranges.put(first, last);
    }

    /** Takes {@code [start, end)} out. */
    void remove(long start, long end) {
        if (start >= end) {
            return;
        }
        for (Map.@Nullable Entry<Long, Long> cut = ranges.lowerEntry(end);
                cut != null && cut.getValue() > start;
                cut = ranges.lowerEntry(end)) {
            ranges.remove(cut.getKey());
            if (cut.getValue() > end) {
                ranges.put(end, cut.getValue());
            }
            if (cut.getKey() < start) {
                ranges.put(cut.getKey(), start);
            }
        }
    }

    /** What is in of {@code [start, end)}. */
    List<Range> within(long start, long end) {
        List<Range> parts = new ArrayList<>();
        if (start < end) {
            Map.@Nullable Entry<Long, Long> before = ranges.floorEntry(start);
            long first = before == null ? start : before.getKey();
            ranges.subMap(first, end).forEach((from, to) -> {
                if (to > start) {
                    parts.add(new Range(Math.max(from, start), Math.min(to, end)));
                }
            });
        }
        return parts;
    }

    /** Whether all of {@code [start, end)} is in. */
    boolean contains(long start, long end) {
        Map.@Nullable Entry<Long, Long> range = ranges.floorEntry(start);
        return start >= end || (range != null && range.getValue() >= end);
    }
}
