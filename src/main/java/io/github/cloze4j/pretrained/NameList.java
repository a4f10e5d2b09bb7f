package io.github.cloze4j.pretrained;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Names of tensors for a message: as many as a person reads. */
public final class NameList {
    private static final int SHOWN = 20;

    private NameList() {}

    /** All names, or the first and how many there are; {@code none} where there are none. */
    public static String of(Collection<String> all) {
        List<String> names = List.copyOf(all);
        if (names.isEmpty()) {
            return "none";
        }
        return names.size() <= SHOWN
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, SHOWN)) + ", … (" + names.size() + " in all)";
    }

    /**
     * What is wrong with the tensors of a file, kind by kind with how many there are; empty if nothing is.
     *
     * @param mismatch what is wrong with {@code mismatched}
     * @param unknown tensors without a use, which say what the file may be if others are missing
     */
    public static String problems(
            Collection<String> missing, String mismatch, Collection<String> mismatched, Collection<String> unknown) {
        if (missing.isEmpty() && mismatched.isEmpty()) {
            return "";
        }
        Map<String, Collection<String>> kinds = new LinkedHashMap<>();
        kinds.put("missing", missing);
        kinds.put(mismatch, mismatched);
        kinds.put("unknown", unknown);
        return kinds.entrySet().stream()
                .filter(kind -> !kind.getValue().isEmpty())
                .map(kind -> kind.getValue().size() + " " + kind.getKey() + ": " + of(kind.getValue()))
                .collect(Collectors.joining("; "));
    }
}
