package io.github.cloze4j.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The standard output or standard error as text, of which nothing is lost. Files and pipes get UTF-8 in every locale. A
 * terminal with another encoding gets that, and characters that it cannot show are printed as {@code \}{@code u4e2d}. A
 * locale without an encoding of its own ({@code LC_ALL=C}) says nothing about the terminal, which then gets UTF-8.
 */
final class TextStream extends PrintStream {
    private static final Pattern PIPE_CLOSED = Pattern.compile("(?i)broken pipe|pipe.*closed");
    private static final int FILE_TYPE = 0170000;
    private static final int FIFO = 0010000;
    private static final int SOCKET = 0140000;

    private final Recorder recorder;
    private final CharsetEncoder encoder;

    /** Thrown where the program that read the output has ended, as {@code head} does. */
    static final class ReaderGoneException extends IOException {
        private static final long serialVersionUID = 1;

        ReaderGoneException(IOException cause) {
            super("the program that read the output has ended", cause);
        }
    }

    /** Keeps what a {@link PrintStream} swallows. */
    private static final class Recorder extends OutputStream {
        private final OutputStream target;
        private final @Nullable Path descriptor;
        private volatile @Nullable IOException failure;

        Recorder(OutputStream target, @Nullable Path descriptor) {
            this.target = target;
            this.descriptor = descriptor;
        }

        @Override
        public void write(int single) throws IOException {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                target.write(bytes, offset, length);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }
    }

    /** @param descriptor where the system shows what the target is, such as {@code /dev/fd/1}; null if it is no such file */
    TextStream(OutputStream target, @Nullable Path descriptor, Charset charset) {
        this(new Recorder(target, descriptor), charset);
    }

    private TextStream(Recorder recorder, Charset charset) {
        super(new BufferedOutputStream(recorder), true, charset);
        this.recorder = recorder;
        encoder = charset.newEncoder();
    }

    /** Makes {@link System#out} and {@link System#err} such streams, also for what libraries log. */
    static void install() {
        Charset charset = charset(isTerminal(), localeEncoding());
        System.setOut(new TextStream(new FileOutputStream(FileDescriptor.out), Path.of("/dev/fd/1"), charset));
        System.setErr(new TextStream(new FileOutputStream(FileDescriptor.err), Path.of("/dev/fd/2"), charset));
    }

    /** Java 17 sets the property for a terminal only, whatever the standard input is. */
    private static boolean isTerminal() {
        return System.getProperty("sun.stdout.encoding") != null || Machine.hasTerminal();
    }

    private static String localeEncoding() {
        String fallback = System.getProperty("native.encoding", StandardCharsets.UTF_8.name());
        return System.getProperty("stdout.encoding", System.getProperty("sun.stdout.encoding", fallback));
    }

    /** @param encoding what the locale says; a name that Java does not know is like none */
    static Charset charset(boolean terminal, String encoding) {
        if (!terminal || !Charset.isSupported(encoding)) {
            return StandardCharsets.UTF_8;
        }
        Charset named = Charset.forName(encoding);
        return named.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : named;
    }

    /**
     * Fails if anything that was printed could not be written.
     *
     * @throws ReaderGoneException if nobody reads it any more
     * @throws IOException for another cause, such as a full disk
     */
    static void requireWritten(PrintStream stream) throws IOException {
        if (!stream.checkError()) {
            return;
        }
        IOException failure = stream instanceof TextStream text ? text.recorder.failure : null;
        if (failure == null) {
            throw new IOException("the output was closed before all was written");
        }
        throw isPipe(failure, ((TextStream) stream).recorder.descriptor) ? new ReaderGoneException(failure) : failure;
    }

    /** The system's words depend on the locale; the kind of the file does not. */
    private static boolean isPipe(IOException failure, @Nullable Path descriptor) {
        if (PIPE_CLOSED.matcher(String.valueOf(failure.getMessage())).find()) {
            return true;
        }
        try {
            int type = descriptor == null ? 0 : (int) Files.getAttribute(descriptor, "unix:mode") & FILE_TYPE;
            return type == FIFO || type == SOCKET;
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException notUnix) {
            return false;
        }
    }

    @Override
    public void print(@Nullable String text) {
        super.print(shown(String.valueOf(text)));
    }

    @Override
    public void println(@Nullable String text) {
        super.println(shown(String.valueOf(text)));
    }

    private synchronized String shown(String text) {
        if (encoder.canEncode(text)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            shown.append(encoder.canEncode(unit) ? unit : String.format(Locale.ROOT, "\\u%04x", (int) unit));
        }
        return shown.toString();
    }
}
