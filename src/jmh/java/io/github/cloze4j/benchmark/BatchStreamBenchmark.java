package io.github.cloze4j.benchmark;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Vocabulary;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Packing and masking on one thread, in tokens a second, padding included. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BatchStreamBenchmark {
    private static final int ROWS = 16;
    private static final int SEQ_LEN = 128;
    private static final double MASKED = 0.15;

    /** What is masked together. */
    @Param
    public Masking masking;

    private BatchStream batches;

    /** Before the first iteration. */
    @Setup
    public void open() {
        Glosses glosses = new Glosses();
        BertTokenizer tokenizer = glosses.tokenizer();
        Vocabulary vocabulary = tokenizer.vocabulary();
        TokenDocuments documents = TokenDocuments.of(
                vocabulary.size(), glosses.texts.stream().map(tokenizer::ids).toList());
        BatchConfig config = new BatchConfig(
                ROWS,
                SEQ_LEN,
                vocabulary.size(),
                SpecialTokens.of(vocabulary),
                masking.strategy(MASKED, vocabulary),
                TokenReplacement.BERT,
                0,
                0);
        batches = new BatchStream(documents, config, BatchCursor.START);
    }

    /** After the last iteration. */
    @TearDown
    public void close() {
        batches.close();
    }

    /** The next batch. */
    @Benchmark
    @OperationsPerInvocation(ROWS * SEQ_LEN)
    public Batch next() {
        return batches.next();
    }
}
