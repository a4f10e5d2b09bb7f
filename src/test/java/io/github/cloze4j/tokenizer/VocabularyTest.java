package io.github.cloze4j.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocabularyTest {
    private static final String SPECIAL = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";

    @TempDir
    private Path directory;

    @Test
    void aTokensLineNumberIsItsId() throws IOException {
        Vocabulary vocabulary = read("the\n[MASK]\n[PAD]\n[UNK]\n[SEP]\n[CLS]\n##é\n\uD83E\uDD8A\n");
        assertEquals(8, vocabulary.size());
        assertEquals("##é", vocabulary.token(6));
        assertEquals(7, vocabulary.id("\uD83E\uDD8A"));
        assertEquals(-1, vocabulary.id("fox"));
        assertEquals(
                List.of(2, 3, 5, 4, 1),
                List.of(
                        vocabulary.padId(),
                        vocabulary.unkId(),
                        vocabulary.clsId(),
                        vocabulary.sepId(),
                        vocabulary.maskId()));
        assertTrue(vocabulary.isSpecial(5));
        assertFalse(vocabulary.isSpecial(0));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        // White space at the end of a line does not count.
        List<String> tokens = TestVocabularies.everyCharacter(0)
                .toText()
                .lines()
                .filter(token ->
                        !CharacterTable.instance().has(token.codePointBefore(token.length()), CharacterTable.SPACE))
                .toList();
        Vocabulary vocabulary = Vocabulary.of(tokens);
        assertEquals(vocabulary, read(vocabulary.toText()));
    }

    @Test
    void linesMayEndInCrLfAndTheLastNeedNoEnd() throws IOException {
        Vocabulary expected = read(SPECIAL + "fox\n");
        assertEquals(expected, read((SPECIAL + "fox\n").replace("\n", "\r\n")));
        assertEquals(expected, read(SPECIAL + "fox"));
    }

    @Test
    void otherLineSeparatorsArePartsOfTokens() throws IOException {
        assertEquals(6, read(SPECIAL + "a\u2028b\u0085\n").size());
    }

    @Test
    void missingSpecialTokensAreNamed() {
        String message = refused(SPECIAL.replace("[MASK]\n", ""));
        assertTrue(message.contains("4 tokens without [MASK]"), message);
        assertTrue(message.contains(directory.toString()), message);
    }

    @Test
    void ofEqualLinesTheLastCounts() throws IOException {
        Vocabulary vocabulary = read(SPECIAL + "fox\ndog\nfox\n");
        assertEquals(8, vocabulary.size());
        assertEquals(7, vocabulary.id("fox"));
        assertEquals("", vocabulary.token(5));
        assertEquals(SPECIAL + "\ndog\nfox\n", vocabulary.toText());
        assertArrayEquals(new int[] {7, 6}, new BertTokenizer(vocabulary, TokenizerConfig.uncased()).ids("fox dog"));
    }

    @Test
    void emptyLinesHaveIds() throws IOException {
        Vocabulary vocabulary = read(SPECIAL + "\nfox\n\n");
        assertEquals(8, vocabulary.size());
        assertEquals(6, vocabulary.id("fox"));
        assertTrue(refused("").contains("an empty file"));
    }

    @Test
    void whiteSpaceAtTheEndOfALineDoesNotCount() throws IOException {
        assertEquals(read(SPECIAL + "fox\n"), read(SPECIAL.replace("\n", " \t\n") + "fox\u00A0\u3000\n"));
        assertEquals(5, read(SPECIAL + " fox\n").id(" fox"));
    }

    /** The reference makes a token of the mark and {@code [PAD]}, and a new {@code [PAD]} that no model has a row for. */
    @Test
    void aByteOrderMarkBeforeASpecialTokenIsLeftOut() throws IOException {
        assertEquals(read(SPECIAL + "fox\n"), read("\uFEFF" + SPECIAL + "fox\n"));
        assertEquals(0, read("\uFEFFfox\n" + SPECIAL).id("\uFEFFfox"));
    }

    @Test
    void newPiecesComeAfterAddedTokensWhichKeepTheirIds() {
        AddedToken marker = AddedToken.special("[E1]");
        Vocabulary vocabulary =
                Vocabulary.of(TestVocabularies.small().pieces(), SpecialTokenNames.BERT, List.of(marker));
        int size = vocabulary.size();
        Vocabulary appended = vocabulary.append(List.of("vole"));
        assertEquals(size, appended.id("vole"));
        assertEquals(size - 1, appended.id("[E1]"));
        assertEquals(vocabulary.addedTokens(), appended.addedTokens());
        assertTrue(appended.toText().endsWith("\n[E1]\nvole\n"), appended.toText());
        assertThrows(IllegalArgumentException.class, () -> vocabulary.append(List.of("[E1]")));
    }

    @Test
    void missingFilesDirectoriesAndOtherEncodingsAreRefused() throws IOException {
        Path missing = directory.resolve("missing.txt");
        String message = assertThrows(CorpusException.class, () -> Vocabulary.read(missing))
                .getMessage();
        assertTrue(message.contains("missing.txt"), message);
        assertThrows(CorpusException.class, () -> Vocabulary.read(directory));
        Path latin = Files.write(
                directory.resolve("latin.txt"), (SPECIAL + "caf\u00E9\n").getBytes(StandardCharsets.ISO_8859_1));
        assertThrows(CorpusException.class, () -> Vocabulary.read(latin));
    }

    @Test
    void wrongTokensInMemoryAreWrongArguments() {
        List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
        tokens.add("two\nlines");
        assertThrows(IllegalArgumentException.class, () -> Vocabulary.of(tokens));
        assertThrows(IllegalArgumentException.class, () -> Vocabulary.of(List.of()));
        assertThrows(
                IllegalArgumentException.class, () -> TestVocabularies.small().token(-1));
    }

    private Vocabulary read(String text) throws IOException {
        return Vocabulary.read(Files.writeString(directory.resolve("vocab.txt"), text));
    }

    private String refused(String text) {
        String message = assertThrows(CorpusException.class, () -> read(text)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }
}
