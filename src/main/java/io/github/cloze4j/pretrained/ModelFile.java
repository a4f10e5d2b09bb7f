package io.github.cloze4j.pretrained;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.JsonFile;

/** Failures of the files of a model. */
public final class ModelFile {
    /** Makes the exceptions. */
    public static final JsonFile.Damage DAMAGE = (problem, cause) ->
            new CheckpointFormatException(problem + ". Restore the file from a copy or write the model again", cause);

    private ModelFile() {}
}
