package io.github.cloze4j.data.shards;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.BatchConfig;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.data.BatchStream;
import io.github.cloze4j.data.DataFixtures;
import io.github.cloze4j.data.EvaluationBatches;
import io.github.cloze4j.data.JoinedSentences;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.SpecialTokens;
import io.github.cloze4j.files.FileTrees;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenShardsTest {
    private static final int UNKNOWN = 1;

    @TempDir
    Path root;

    private Path directory;

    @BeforeEach
    void makeDirectory() throws IOException {
        directory = Files.createDirectory(root.resolve("shards"));
    }

    private void write(List<int[]> documents, int vocabularySize, int fileBytes) {
        try (TokenShardWriter writer =
                new TokenShardWriter(directory, DataFixtures.tokenizer(vocabularySize), UNKNOWN, fileBytes)) {
            documents.forEach(document -> add(writer, document));
            writer.finish();
        }
    }

    /** Adds a document of one sentence. */
    private static void add(TokenShardWriter writer, int... document) {
        writer.add(document, document.length == 0 ? new int[0] : new int[] {document.length});
    }

    private static List<int[]> documents(Random random, int count, int vocabularySize) {
        List<int[]> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] document = random.ints(random.nextInt(40), 0, vocabularySize).toArray();
            if (document.length > 0) {
                document[0] = vocabularySize - 1;
            }
            documents.add(document);
        }
        return documents;
    }

    @ParameterizedTest
    @CsvSource({"tokens-00000.bin, 0", "tokens-00000.bin, 2", "offsets-00000.bin, 0", "offsets-00000.bin, 1"})
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "where mapped files cannot be truncated")
    void aFileThatIsTruncatedWhileARunReadsItIsNamed(String name, int workers) throws IOException {
        write(documents(new Random(3), 4000, DataFixtures.VOCABULARY), DataFixtures.VOCABULARY, 1 << 30);
        Path file = directory.resolve(name);
        long length = Files.size(file);
        BatchConfig config = DataFixtures.config(8, 64, 1, workers);
        try (TokenShards shards = TokenShards.open(directory);
                BatchStream batches = new BatchStream(shards, config, BatchCursor.START)) {
            batches.next();
            EvaluationBatches evaluation = new EvaluationBatches(shards, config);
            evaluation.iterator().next();
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(10);
            }
            assertNamesLoss(file, length, () -> {
                for (int i = 0; i < 10_000; i++) {
                    batches.next();
                }
            });
            assertNamesLoss(
                    file,
                    length,
                    () -> evaluation.forEach(
                            batch -> assertTrue(batch.targets().get(0).count() > 0)));
        }
    }

    private static void assertNamesLoss(Path file, long length, Executable reading) {
        String message = assertThrows(CheckpointFormatException.class, reading).getMessage();
        assertTrue(message.contains(file + ": Expected " + length + " bytes"), message);
    }

    private static int[] read(TokenDocuments documents, long document) {
        int[] tokens = new int[documents.length(document)];
        documents.copy(document, 0, tokens, 0, tokens.length);
        return tokens;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> found = Files.list(directory)) {
            return found.sorted().toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 64", "65536, 1000", "65537, 72", "2147483647, 1000", "30522, 1073741824"})
    void documentsComeBackAsTheyWereWritten(int vocabularySize, int fileBytes) throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<int[]> written = documents(random, 60, vocabularySize);
        write(written, vocabularySize, fileBytes);
        long tokens = written.stream().mapToLong(document -> document.length).sum();
        long tokenBytes = vocabularySize <= 65536 ? 2 : 4;
        long expectedFiles = 1
                + (tokens * tokenBytes + fileBytes - 1) / fileBytes
                + ((written.size() + 1) * 8L + fileBytes - 1) / fileBytes;
        assertEquals(expectedFiles, files().size());
        try (TokenShards shards = TokenShards.open(directory)) {
            assertEquals(written.size(), shards.count());
            assertEquals(tokens, shards.tokens());
            assertEquals(vocabularySize, shards.vocabularySize());
            assertEquals(DataFixtures.tokenizer(vocabularySize), shards.tokenizer());
            for (int i = 0; i < written.size(); i++) {
                assertArrayEquals(written.get(i), read(shards, i), "seed " + seed);
            }
            for (int trial = 0; trial < 200; trial++) {
                int document = random.nextInt(written.size());
                int from = random.nextInt(written.get(document).length + 1);
                int count = random.nextInt(written.get(document).length - from + 1);
                int[] target = new int[60];
                shards.copy(document, from, target, 7, count);
                int[] expected = new int[60];
                System.arraycopy(written.get(document), from, expected, 7, count);
                assertArrayEquals(expected, target, "seed " + seed);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 64, 1 << 20})
    void sentencesComeBackAsTheyWereWritten(int fileBytes) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<List<int[]>> documents = DataFixtures.sentences(random, 80, 6, 9);
        try (TokenShardWriter writer =
                new TokenShardWriter(directory, DataFixtures.tokenizer(DataFixtures.VOCABULARY), UNKNOWN, fileBytes)) {
            for (List<int[]> sentences : documents) {
                JoinedSentences joined = JoinedSentences.of(sentences);
                writer.add(joined.ids(), joined.ends());
            }
            writer.finish();
        }
        TokenDocuments inMemory = TokenDocuments.ofSentences(DataFixtures.VOCABULARY, documents);
        try (TokenShards shards = TokenShards.open(directory)) {
            for (int document = 0; document < documents.size(); document++) {
                List<int[]> expected = documents.get(document);
                int[] ends = DataFixtures.sentenceEnds(shards, document);
                int[] ids = read(shards, document);
                assertArrayEquals(ends, DataFixtures.sentenceEnds(inMemory, document), "seed " + seed);
                assertEquals(expected.size(), ends.length, "seed " + seed);
                for (int i = 0; i < ends.length; i++) {
                    int[] sentence = Arrays.copyOfRange(ids, i == 0 ? 0 : ends[i - 1], ends[i]);
                    assertArrayEquals(expected.get(i), sentence, "seed " + seed);
                }
            }
        }
    }

    /** Copying all ends of the document each time would take minutes. */
    @Test
    void aSentenceOfALongDocumentIsFoundWithoutReadingAll() {
        int sentences = 1_000_000;
        try (TokenShardWriter writer = new TokenShardWriter(directory, DataFixtures.tokenizer(10), UNKNOWN)) {
            writer.add(new int[sentences], IntStream.rangeClosed(1, sentences).toArray());
            writer.finish();
        }
        try (TokenShards shards = TokenShards.open(directory)) {
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                for (int sentence = 0; sentence < sentences; sentence++) {
                    assertEquals(sentence + 1, shards.sentenceEnds(0).get(sentence));
                }
            });
            assertThrows(IndexOutOfBoundsException.class, () -> shards.sentenceEnds(0)
                    .get(sentences));
        }
    }

    @Test
    void impossibleSentencesAreRefused() {
        try (TokenShardWriter writer = new TokenShardWriter(directory, DataFixtures.tokenizer(10), UNKNOWN)) {
            for (int[] ends : new int[][] {{}, {1}, {0, 2}, {1, 1, 2}, {2, 1}, {1, 3}}) {
                assertThrows(IllegalArgumentException.class, () -> writer.add(new int[] {5, 6}, ends));
            }
            assertThrows(IllegalArgumentException.class, () -> writer.add(new int[0], new int[] {0}));
            writer.add(new int[] {5, 6}, new int[] {1, 2});
            writer.finish();
        }
    }

    /** As the former format was written, which knew the vocabulary of a tokenizer only. */
    @Test
    void shardsOfTheFormerFormatAreRefusedByTheirVersion() throws IOException {
        write(List.of(new int[] {1, 2, 3}), 10, 8);
        Path path = directory.resolve("manifest.json");
        ObjectNode manifest = (ObjectNode) new ObjectMapper().readTree(path.toFile());
        manifest.put("version", 3);
        manifest.remove(List.of("unknown_id", "unknown_tokens"));
        Files.writeString(path, manifest.toString());
        String message = assertThrows(CheckpointFormatException.class, () -> TokenShards.open(directory))
                .getMessage();
        assertTrue(message.contains("expected version 4 in manifest.json, received 3"), message);
        assertTrue(message.contains("Prepare the data again"), message);
    }

    @Test
    void otherDocumentsHaveAnotherChecksum() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<List<int[]>> documents = DataFixtures.sentences(random, 40, 6, 9);
        documents.add(List.of(DataFixtures.words(random, 5000), DataFixtures.words(random, 7)));
        long original = inMemory(documents);
        assertEquals(original, inMemory(documents));
        for (int trial = 0; trial < 50; trial++) {
            List<List<int[]>> changed = new ArrayList<>();
            documents.forEach(
                    document -> changed.add(document.stream().map(int[]::clone).toList()));
            List<int[]> document = changed.get(trial == 0 ? 40 : random.nextInt(41));
            int[] sentence = document.get(random.nextInt(document.size()));
            sentence[random.nextInt(sentence.length)] ^= 1;
            assertNotEquals(original, inMemory(changed), "seed " + seed);
        }
        List<List<int[]>> joined = new ArrayList<>(documents);
        joined.set(40, List.of(JoinedSentences.of(documents.get(40)).ids()));
        assertNotEquals(original, inMemory(joined), "seed " + seed);

        write(List.of(new int[] {1, 2}), 10, 8);
        long first = checksum();
        FileTrees.delete(directory);
        Files.createDirectory(directory);
        write(List.of(new int[] {1, 2}), 10, 8);
        assertEquals(first, checksum());
        FileTrees.delete(directory);
        Files.createDirectory(directory);
        write(List.of(new int[] {1, 3}), 10, 8);
        assertNotEquals(first, checksum());
    }

    private static long inMemory(List<List<int[]>> documents) {
        return TokenDocuments.ofSentences(DataFixtures.VOCABULARY, documents).checksum();
    }

    private long checksum() {
        try (TokenShards shards = TokenShards.open(directory)) {
            return shards.checksum();
        }
    }

    @Test
    void noDocumentAtAllIsADataSetToo() {
        write(List.of(), 10, 8);
        try (TokenShards shards = TokenShards.open(directory)) {
            assertEquals(0, shards.count());
            assertThrows(IndexOutOfBoundsException.class, () -> shards.length(0));
        }
    }

    @Test
    void everyBitFlipTruncationAndExtensionIsDetected() throws IOException {
        long seed = System.nanoTime();
        System.out.println("Corruption seed " + seed);
        Random random = new Random(seed);
        write(documents(random, 30, 3000), 3000, 256);
        List<Path> files = files();
        for (int trial = 0; trial < 1000; trial++) {
            // Every second time the manifest, which is one of about ten files.
            Path file = trial % 2 == 0 ? directory.resolve("manifest.json") : files.get(random.nextInt(files.size()));
            byte[] before = Files.readAllBytes(file);
            byte[] damaged = damage(before, random);
            Files.write(file, damaged);
            CheckpointFormatException refused = assertThrows(
                    CheckpointFormatException.class, this::readAll, "seed " + seed + ", trial " + trial + ", " + file);
            assertTrue(refused.getMessage().startsWith(directory.toString()), refused.getMessage());
            assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
            Files.write(file, before);
        }
        readAll();
        for (Path file : files) {
            byte[] before = Files.readAllBytes(file);
            Files.delete(file);
            assertThrows(CheckpointFormatException.class, () -> TokenShards.open(directory), file.toString());
            Files.write(file, before);
        }
    }

    private void readAll() {
        try (TokenShards shards = TokenShards.open(directory)) {
            for (long document = 0; document < shards.count(); document++) {
                read(shards, document);
                DataFixtures.sentenceEnds(shards, document);
            }
        }
    }

    @Test
    void openingReadsNoTokensAndADamagedBlockIsFoundWhenItIsRead() throws IOException {
        int blockTokens = NumberFilesWriter.BLOCK_BYTES / Short.BYTES;
        int[] document = new int[1000];
        Arrays.fill(document, 7);
        document[0] = UNKNOWN;
        int documents = 3 * blockTokens / document.length;
        write(Collections.nCopies(documents, document), 3000, 1 << 30);
        Path file = directory.resolve("tokens-00000.bin");
        byte[] content = Files.readAllBytes(file);
        content[NumberFilesWriter.BLOCK_BYTES + 11] ^= 1;
        Files.write(file, content);
        try (TokenShards shards = TokenShards.open(directory)) {
            assertEquals(0.001, shards.share(UNKNOWN));
            assertArrayEquals(document, read(shards, 0));
            assertArrayEquals(document, read(shards, documents - 1));
            int damaged = blockTokens / document.length + 1;
            String message = assertThrows(CheckpointFormatException.class, () -> read(shards, damaged))
                    .getMessage();
            assertTrue(message.startsWith(file + ": Expected the CRC-32C"), message);
            assertThrows(CheckpointFormatException.class, () -> shards.share(7));
        }
    }

    @Test
    void offsetsAndSentencesThatNobodyWroteAreRefusedWhenTheyAreRead() throws IOException {
        for (int[] change : new int[][] {{1, 9}, {1, 2}}) {
            boolean offsets = change[1] == 9;
            Files.createDirectories(directory);
            try (TokenShardWriter writer = new TokenShardWriter(directory, DataFixtures.tokenizer(10), UNKNOWN)) {
                writer.add(new int[] {1, 2, 3, 4}, new int[] {2, 3, 4});
                add(writer, 5, 6, 7);
                writer.finish();
            }
            Path file = directory.resolve(offsets ? "offsets-00000.bin" : "sentences-00000.bin");
            CRC32C before = new CRC32C();
            byte[] content = Files.readAllBytes(file);
            before.update(content);
            content[change[0] * Long.BYTES] = (byte) change[1];
            CRC32C after = new CRC32C();
            after.update(content);
            Files.write(file, content);
            Path manifest = directory.resolve("manifest.json");
            Files.writeString(
                    manifest,
                    sealed(Files.readString(manifest)
                            .replace(Long.toString(before.getValue()), Long.toString(after.getValue()))));
            assertThrows(CheckpointFormatException.class, this::readAll, file.toString());
            FileTrees.delete(directory);
        }
    }

    private static byte[] damage(byte[] content, Random random) {
        switch (random.nextInt(5)) {
            case 0 -> {
                return Arrays.copyOf(content, random.nextInt(content.length));
            }
            case 1 -> {
                return Arrays.copyOf(content, content.length + 1 + random.nextInt(20));
            }
            default -> {
                byte[] flipped = content.clone();
                flipped[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
                return flipped;
            }
        }
    }

    @Test
    void aManifestThatClaimsTheImpossibleIsRefusedBeforeMemoryIsTaken() throws IOException {
        write(List.of(new int[] {1, 2, 3}), 10, 8);
        Path path = directory.resolve("manifest.json");
        String original = Files.readString(path);
        for (String change : List.of(
                "\"documents\":9223372036854775807",
                "\"documents\":9223372036854775806",
                "\"documents\":-1",
                "\"tokens\":9223372036854775807",
                "\"tokens\":4",
                "\"token_bytes\":8",
                "\"file_bytes\":0",
                "\"file_bytes\":2147483647",
                "\"sentence_breaks\":-1",
                "\"sentence_breaks\":1",
                "\"version\":5",
                "\"unknown_tokens\":4",
                "\"vocabulary_size\":0",
                "\"vocabulary_size\":70000")) {
            String field = change.substring(0, change.indexOf(':') + 1);
            Files.writeString(path, sealed(original.replaceFirst(field + "-?[0-9]+", change)));
            assertThrows(CheckpointFormatException.class, () -> TokenShards.open(directory), change);
        }
        Files.writeString(path, sealed(original));
        TokenShards.open(directory).close();
    }

    /** The manifest with the checksum that fits it. */
    private static String sealed(String manifest) {
        String open = manifest.replaceFirst("\"crc32c\":[0-9]+", "\"crc32c\":0");
        CRC32C checksum = new CRC32C();
        checksum.update(open.getBytes(StandardCharsets.UTF_8));
        return open.replaceFirst("\"crc32c\":0", "\"crc32c\":" + checksum.getValue());
    }

    @Test
    void anIdOutsideTheVocabularyIsRefusedInWritingAndInReading() throws IOException {
        try (TokenShardWriter writer = new TokenShardWriter(directory, DataFixtures.tokenizer(10), UNKNOWN)) {
            assertThrows(IllegalArgumentException.class, () -> add(writer, 10));
            assertThrows(IllegalArgumentException.class, () -> add(writer, -1));
            add(writer, 9);
            writer.finish();
        }
        Path path = directory.resolve("manifest.json");
        Files.writeString(
                path, sealed(Files.readString(path).replace("\"vocabulary_size\":10", "\"vocabulary_size\":9")));
        try (TokenShards shards = TokenShards.open(directory)) {
            assertThrows(CheckpointFormatException.class, () -> read(shards, 0));
        }
    }

    @Test
    void anUnfinishedDirectoryIsRefused() {
        try (TokenShardWriter writer = new TokenShardWriter(directory, DataFixtures.tokenizer(10), UNKNOWN, 8)) {
            add(writer, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        }
        assertThrows(CheckpointFormatException.class, () -> TokenShards.open(directory));
        assertThrows(CheckpointFormatException.class, () -> TokenShards.open(root.resolve("absent")));
    }

    @Test
    void whatStandsInADirectoryIsNotOverwritten() {
        write(List.of(new int[] {1}), 10, 8);
        assertThrows(Cloze4jException.class, () -> write(List.of(new int[] {2}), 10, 8));
        try (TokenShards shards = TokenShards.open(directory)) {
            assertArrayEquals(new int[] {1}, read(shards, 0));
        }
    }

    @Test
    void anotherVocabularyIsNamed() {
        List<String> tokens = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b");
        Vocabulary vocabulary = Vocabulary.of(tokens);
        TokenizerIdentity identity = identity(vocabulary, TokenizerConfig.uncased());
        writeEmpty(identity);
        List<String> changed = new ArrayList<>(tokens);
        changed.set(6, "c");
        TokenizerIdentity other = identity(Vocabulary.of(changed), TokenizerConfig.uncased());
        try (TokenShards shards = TokenShards.open(directory)) {
            shards.requireTokenizer(identity);
            assertRefused(shards, other, other.vocabularySha256(), identity.vocabularySha256());
        }
        assertEquals(new SpecialTokens(0, 1, 2, 3, 4), SpecialTokens.of(vocabulary));
    }

    @Test
    void aTokenizerOfAnotherConfigurationIsNamed() {
        List<String> tokens = List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<unk>", "b");
        Vocabulary vocabulary = Vocabulary.of(tokens);
        writeEmpty(identity(vocabulary, TokenizerConfig.uncased()));
        try (TokenShards shards = TokenShards.open(directory)) {
            shards.requireTokenizer(identity(vocabulary, new TokenizerConfig(true, true, true)));
            assertRefused(
                    shards,
                    identity(vocabulary, TokenizerConfig.cased()),
                    "which has do_lower_case false, strip_accents false.",
                    "with do_lower_case true, strip_accents true.");
            assertRefused(
                    shards,
                    identity(vocabulary, new TokenizerConfig(true, false, true)),
                    "which has strip_accents false.",
                    "with strip_accents true.");
            assertRefused(
                    shards,
                    identity(vocabulary, new TokenizerConfig(true, null, false)),
                    "which has tokenize_chinese_chars false.",
                    "with tokenize_chinese_chars true.");
            Vocabulary otherNames =
                    Vocabulary.of(tokens, new SpecialTokenNames("[PAD]", "<unk>", "[CLS]", "[SEP]", "[MASK]"));
            assertRefused(
                    shards,
                    identity(otherNames, TokenizerConfig.uncased()),
                    "which has special tokens [PAD] <unk> [CLS] [SEP] [MASK].",
                    "with special tokens [PAD] [UNK] [CLS] [SEP] [MASK].");
        }
    }

    private void writeEmpty(TokenizerIdentity identity) {
        try (TokenShardWriter writer = new TokenShardWriter(directory, identity, UNKNOWN)) {
            writer.finish();
        }
    }

    private static TokenizerIdentity identity(Vocabulary vocabulary, TokenizerConfig config) {
        return TokenizerIdentity.of(new BertTokenizer(vocabulary, config));
    }

    private static void assertRefused(TokenShards shards, TokenizerIdentity tokenizer, String... words) {
        String message = assertThrows(CorpusException.class, () -> shards.requireTokenizer(tokenizer))
                .getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }

    @Test
    void anImpossibleVocabularyIsNoTokenizers() {
        TokenizerIdentity good = DataFixtures.tokenizer(10);
        for (String sha256 : List.of("no hash", good.vocabularySha256().toUpperCase(Locale.ROOT))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new TokenizerIdentity(10, sha256, good.config(), good.specialTokens()));
        }
        assertThrows(IllegalArgumentException.class, () -> DataFixtures.tokenizer(0));
    }

    @Test
    void rangesOutsideADocumentAndClosedShardsAreRefused() {
        write(List.of(new int[] {1, 2}, new int[] {3}), 10, 8);
        TokenShards shards = TokenShards.open(directory);
        assertThrows(IndexOutOfBoundsException.class, () -> shards.length(2));
        assertThrows(IndexOutOfBoundsException.class, () -> shards.length(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> shards.copy(0, 1, new int[9], 0, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> shards.copy(0, 0, new int[1], 0, 2));
        shards.close();
        assertThrows(IllegalStateException.class, () -> shards.length(0));
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 0, -8})
    void impossibleSettingsAreRefused(int fileBytes) {
        assertThrows(
                IllegalArgumentException.class,
                () -> new TokenShardWriter(directory, DataFixtures.tokenizer(10), UNKNOWN, fileBytes));
    }
}
