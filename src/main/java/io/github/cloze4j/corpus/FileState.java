package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * A file before it is read, to find out whether somebody wrote to it meanwhile: the text may then be half old and half new.
 *
 * @param size the length in bytes
 * @param changed the time of the latest change
 */
record FileState(Path file, long size, FileTime changed) {
    static FileState of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileState(file, attributes.size(), attributes.lastModifiedTime());
    }

    /** Throws {@link CorpusException} if the file has another length or time now. */
    void requireUnchanged() throws IOException {
        if (!of(file).equals(this)) {
            throw new CorpusException("Expected a file that stays as it is while it is read. Received: " + file
                    + ", which was changed meanwhile. Wait until it is complete, and run again");
        }
    }
}
