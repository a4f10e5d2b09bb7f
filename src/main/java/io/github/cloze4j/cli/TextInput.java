package io.github.cloze4j.cli;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.PlainTextReader;
import io.github.cloze4j.files.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file or the standard input as text; its failures do not look like those of the output. */
final class TextInput extends InputStream {
    private final String name;
    private final InputStream bytes;

    private TextInput(@Nullable Path path) {
        name = path == null ? "standard input" : path.toString();
        try {
            bytes = path == null ? System.in : Files.newInputStream(path);
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (path == null) {
            requireStandardInput();
        }
    }

    /**
     * Refuses a process without a standard input, such as one that a shell started with {@code <&-}: Java's first file, its own
     * modules, takes the free number, and would be read as text.
     */
    private static void requireStandardInput() {
        try {
            Path modules = Path.of(System.getProperty("java.home"), "lib", "modules");
            if (Path.of("/proc/self/fd/0").toRealPath().equals(modules.toRealPath())) {
                throw new CorpusException(
                        "Expected text in the standard input. Received: a standard input that is closed. Give it a file or"
                                + " a pipe, or name a file with --input");
            }
        } catch (IOException unknown) {
            // A pipe has no real path, and other systems have no such directory: reading says whether the input is
            // closed.
            return;
        }
    }

    /**
     * The characters, of plain text only.
     *
     * @param path null for the standard input, which closing leaves open
     */
    static PlainTextReader reader(@Nullable Path path, TextReadingOptions reading) {
        TextInput input = new TextInput(path);
        return new PlainTextReader(
                input.name,
                input,
                reading.options(),
                path == null ? 0 : path.toFile().length());
    }

    @Override
    public int read() throws IOException {
        byte[] single = new byte[1];
        return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
        try {
            return bytes.read(target, offset, length);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (bytes != System.in) {
            bytes.close();
        }
    }

    private CorpusException unreadable(IOException e) {
        return new CorpusException(
                "Expected readable text in " + name + ". Received: "
                        + FileProblem.of(e).sentences(),
                e);
    }
}
