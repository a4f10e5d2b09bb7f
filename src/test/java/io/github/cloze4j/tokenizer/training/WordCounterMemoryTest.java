package io.github.cloze4j.tokenizer.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.tokenizer.TokenizerConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A vocabulary is learnt in a heap that the words of the text do not fit. */
class WordCounterMemoryTest {
    private static final String LETTERS = "etaoinshrdlucmfwypvbgk";
    private static final int LINE_WORDS = 12;

    @TempDir
    Path directory;

    @Test
    void boundsAreThoseOfTheHeapInPowersOfTwo() {
        long megabyte = 1 << 20;
        assertEquals(WordCounter.Bounds.DEFAULT, WordCounter.Bounds.ofHeap(1280 * megabyte));
        assertEquals(WordCounter.Bounds.DEFAULT, WordCounter.Bounds.ofHeap(Long.MAX_VALUE));
        assertEquals(new WordCounter.Bounds(1 << 20, 1 << 23, 1 << 16), WordCounter.Bounds.ofHeap(1279 * megabyte));
        assertEquals(new WordCounter.Bounds(1 << 19, 1 << 22, 1 << 16), WordCounter.Bounds.ofHeap(512 * megabyte));
        assertEquals(WordCounter.Bounds.ofHeap(160 * megabyte), WordCounter.Bounds.ofHeap(319 * megabyte));
        assertEquals(1 << 14, WordCounter.Bounds.ofHeap(1).distinctWords());
    }

    /** Frequent words and as many that occur once, over and over. */
    private static String line(long number) {
        SplittableRandom random = new SplittableRandom(number);
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < LINE_WORDS; i++) {
            long word = i % 2 == 0 ? (long) Math.exp(9 * random.nextDouble()) : random.nextLong(1L << 40);
            SplittableRandom letters = new SplittableRandom(word);
            int length = 4 + letters.nextInt(8);
            for (int k = 0; k < length; k++) {
                line.append(LETTERS.charAt((int) (letters.nextDouble() * letters.nextDouble() * LETTERS.length())));
            }
            line.append(' ');
        }
        return line.toString();
    }

    /** Reads that many lines; for a Java of its own with a small heap. */
    public static void main(String[] arguments) throws Exception {
        Stream<String> lines = Stream.iterate(0L, i -> i + 1)
                .limit(Long.parseLong(arguments[0]))
                .map(WordCounterMemoryTest::line);
        WordPieceTrainer.Config config = new WordPieceTrainer.Config(
                Integer.parseInt(arguments[1]), TokenizerConfig.uncased(), 2, Integer.parseInt(arguments[2]));
        Files.writeString(
                Path.of(arguments[3]), WordPieceTrainer.train(lines, config).toText());
    }

    private String learn(int megabytes, long lines, int size, int threads) throws Exception {
        Path vocabulary = directory.resolve("vocab-" + threads + ".txt");
        Process java = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + megabytes + "m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WordCounterMemoryTest.class.getName(),
                        Long.toString(lines),
                        Integer.toString(size),
                        Integer.toString(threads),
                        vocabulary.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(java.waitFor(10, TimeUnit.MINUTES), "ended");
        assertEquals(0, java.exitValue(), said);
        assertTrue(said.contains("occurrences of words"), said);
        return Files.readString(vocabulary);
    }

    /** 5 MB of text with 300,000 distinct words; more than 16,384 do not fit. */
    @Test
    void moreWordsThanTheHeapHoldsAreLearntFromTheSameForAnyThreads() throws Exception {
        String vocabulary = learn(20, 50_000, 2000, 1);
        assertEquals(vocabulary, learn(20, 50_000, 2000, 3));
        List<String> frequent =
                IntStream.range(0, 100).mapToObj(i -> line(i).split(" ")[0]).toList();
        long whole = frequent.stream()
                .filter(List.of(vocabulary.split("\n"))::contains)
                .count();
        assertTrue(whole > 10, whole + " of 100 words that are drawn by frequency are tokens");
    }

    /** 300 MB of text with 13 million distinct words, in the memory that 131,072 take. */
    @Test
    @Tag("heavy")
    void aHundredTimesAsManyWordsAsFitAreLearntFrom() throws Exception {
        assertEquals(learn(128, 3_000_000, 30_000, 2), learn(128, 3_000_000, 30_000, 4));
    }
}
