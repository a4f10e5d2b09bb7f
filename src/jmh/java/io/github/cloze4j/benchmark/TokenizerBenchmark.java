package io.github.cloze4j.benchmark;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The glosses of WordNet, one by one, on one thread. The row {@code megabytes} is MB/s of their UTF-8. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(1)
public class TokenizerBenchmark {
    private String[] texts;
    private int[] bytes;
    private BertTokenizer tokenizer;
    private int next;

    /** Text read. */
    @State(Scope.Thread)
    @AuxCounters
    public static class Read {
        private long bytes;

        /** For each iteration. */
        @Setup(Level.Iteration)
        public void reset() {
            bytes = 0;
        }

        /** So far, in 1e6 bytes. */
        public double megabytes() {
            return bytes / 1e6;
        }
    }

    /** Before the first iteration. */
    @Setup
    public void open() {
        Glosses glosses = new Glosses();
        texts = glosses.texts.toArray(String[]::new);
        bytes = glosses.texts.stream()
                .mapToInt(text -> text.getBytes(StandardCharsets.UTF_8).length)
                .toArray();
        tokenizer = glosses.tokenizer();
    }

    /** As for a corpus. */
    @Benchmark
    public int[] ids(Read read) {
        return tokenizer.ids(next(read));
    }

    /** With offsets. */
    @Benchmark
    public Encoding encode(Read read) {
        return tokenizer.encode(next(read), EncodeOptions.defaults());
    }

    private String next(Read read) {
        next = (next + 1) % texts.length;
        read.bytes += bytes[next];
        return texts[next];
    }
}
