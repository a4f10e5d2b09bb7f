package io.github.cloze4j.pretrained;

import java.util.List;

/** Names for a message: as many as a person reads. */
final class NameList {
    private static final int SHOWN = 20;

    private NameList() {}

    /** All names, or the first and how many there are. */
    static String of(List<String> names) {
        return names.size() <= SHOWN
                ? String.join(", ", names)
                : String.join(", ", names.subList(0, SHOWN)) + ", … (" + names.size() + " in all)";
    }
}
