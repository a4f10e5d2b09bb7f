package io.github.cloze4j.finetune.runs;

import java.util.Locale;

/** A part of a data set. */
enum Part {
    TRAIN,
    VALIDATION,
    TEST;

    /** The name of the part's file, without its extension. */
    String fileName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
