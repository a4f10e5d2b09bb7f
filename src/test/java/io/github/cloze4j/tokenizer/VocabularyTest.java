package io.github.cloze4j.tokenizer;

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
        Vocabulary vocabulary = TestVocabularies.everyCharacter(0);
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
    void aTokenThatIsThereTwiceIsNamedWithItsLines() {
        assertTrue(refused(SPECIAL + "fox\ndog\nfox\n").contains("\"fox\" as tokens 5 and 7"));
    }

    @Test
    void emptyFilesAndEmptyLinesAreRefused() {
        assertTrue(refused("").contains("0 tokens"));
        assertTrue(refused(SPECIAL + "\nfox\n").contains("as token 5"));
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
