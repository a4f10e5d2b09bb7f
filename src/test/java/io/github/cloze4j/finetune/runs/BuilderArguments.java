package io.github.cloze4j.finetune.runs;

import java.nio.file.Path;

/**
 * The arguments of a builder's program.
 *
 * @param directory the directory that the files are written to
 * @param seed the seed of the split, 0 unless it is given
 */
record BuilderArguments(Path directory, long seed) {
    static BuilderArguments of(String... arguments) {
        if (arguments.length < 1 || arguments.length > 2) {
            throw new IllegalArgumentException("Expected OUTPUT_DIRECTORY [SEED]. Received: "
                    + String.join(" ", arguments) + ". Correct the call");
        }
        return new BuilderArguments(Path.of(arguments[0]), arguments.length > 1 ? Long.parseLong(arguments[1]) : 0);
    }
}
