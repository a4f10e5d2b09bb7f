package io.github.cloze4j.pretrained.huggingface;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFileGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneStateTest {
    @TempDir
    Path directory;

    @BeforeEach
    void first() {
        replace("0");
    }

    private void replace(String text) {
        AtomicFileGroup.replace(directory, staging -> {
            Files.writeString(staging.resolve("config.json"), text);
            Files.writeString(staging.resolve("vocab.txt"), text);
        });
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aReadThatAReplacementOverlapsIsRepeated() {
        AtomicInteger reads = new AtomicInteger();
        String read = OneState.read(directory, current -> {
            String config = text(current.resolve("config.json"));
            if (reads.getAndIncrement() == 0) {
                replace("1");
            }
            return config + text(current.resolve("vocab.txt"));
        });
        assertEquals("11", read);
        assertEquals(2, reads.get());
    }

    @Test
    void aFileWrittenOverInPlaceIsNoticedToo() {
        AtomicInteger reads = new AtomicInteger();
        String read = OneState.read(directory, current -> {
            String config = text(current.resolve("config.json"));
            try {
                if (reads.getAndIncrement() == 0) {
                    Files.writeString(current.resolve("config.json"), "another length");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return config;
        });
        assertEquals("another length", read);
    }

    @Test
    void aFailureCountsUnlessAReplacementOverlapsIt() {
        AtomicInteger reads = new AtomicInteger();
        String read = OneState.read(directory, current -> {
            if (reads.getAndIncrement() == 0) {
                replace("1");
                throw new CheckpointFormatException("half of two models");
            }
            return text(current.resolve("vocab.txt"));
        });
        assertEquals("1", read);
        assertThrows(
                CheckpointFormatException.class,
                () -> OneState.read(directory, current -> {
                    throw new CheckpointFormatException("damaged");
                }));
    }

    @Test
    void otherFilesMayChangeAtAnyTime() throws IOException {
        AtomicInteger reads = new AtomicInteger();
        OneState.read(directory, current -> {
            try {
                Files.writeString(current.resolve("training.jsonl"), "line " + reads.incrementAndGet());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return "";
        });
        assertEquals(1, reads.get());
    }

    @Test
    void filesThatChangeAllTheTimeAreRefused() {
        AtomicInteger reads = new AtomicInteger();
        String message = assertThrows(
                        Cloze4jException.class,
                        () -> OneState.read(directory, current -> {
                            replace("x".repeat(reads.incrementAndGet()));
                            return "";
                        }))
                .getMessage();
        assertTrue(message.contains("stays as it is while it is read"), message);
        assertEquals(50, reads.get());
    }

    @Test
    void aReadIsRepeatedOnAnInterruptedThreadToo() {
        AtomicInteger reads = new AtomicInteger();
        Thread.currentThread().interrupt();
        try {
            String read = OneState.read(directory, current -> {
                if (reads.getAndIncrement() == 0) {
                    replace("1");
                }
                return text(current.resolve("vocab.txt"));
            });
            assertEquals("1", read);
            assertEquals(2, reads.get());
        } finally {
            assertTrue(Thread.interrupted());
        }
    }
}
