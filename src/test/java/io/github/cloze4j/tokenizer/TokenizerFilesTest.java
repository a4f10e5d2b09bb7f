package io.github.cloze4j.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerFilesTest {
    @TempDir
    private Path directory;

    @Test
    void everyConfigurationIsReadAsItWasWritten() throws IOException {
        for (boolean lowerCase : new boolean[] {true, false}) {
            for (Boolean stripAccents : new Boolean[] {null, true, false}) {
                for (boolean chineseChars : new boolean[] {true, false}) {
                    TokenizerConfig config = new TokenizerConfig(lowerCase, stripAccents, chineseChars);
                    write(new BertTokenizer(TestVocabularies.small(), config));
                    BertTokenizer read = TokenizerFiles.read(directory);
                    assertEquals(config, read.config());
                    assertEquals(TestVocabularies.small(), read.vocabulary());
                }
            }
        }
    }

    @Test
    void settingsThatAreNotThereAreThoseOfTransformers() throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased()));
        config("{}");
        assertEquals(TokenizerConfig.uncased(), TokenizerFiles.read(directory).config());
    }

    @Test
    void damagedSettingsAreRefusedInOneLine() throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased()));
        for (String text : new String[] {
            "",
            "[]",
            "{",
            "{} {}",
            "{\"do_lower_case\": \"yes\"}",
            "{\"do_lower_case\": true, \"do_lower_case\": false}"
        }) {
            config(text);
            String message = assertThrows(CorpusException.class, () -> TokenizerFiles.read(directory), text)
                    .getMessage();
            assertTrue(message.contains(TokenizerFiles.CONFIG), message);
            assertEquals(1, message.lines().count(), message);
        }
    }

    @Test
    void missingFilesAreRefused() throws IOException {
        assertThrows(CorpusException.class, () -> TokenizerFiles.read(directory));
        Files.writeString(
                directory.resolve(TokenizerFiles.VOCABULARY),
                TestVocabularies.small().toText());
        String message = assertThrows(CorpusException.class, () -> TokenizerFiles.read(directory))
                .getMessage();
        assertTrue(message.contains(TokenizerFiles.CONFIG), message);
    }

    private void config(String text) throws IOException {
        Files.writeString(directory.resolve(TokenizerFiles.CONFIG), text);
    }

    private void write(BertTokenizer tokenizer) throws IOException {
        for (Map.Entry<String, String> file : TokenizerFiles.write(tokenizer).entrySet()) {
            Files.writeString(directory.resolve(file.getKey()), file.getValue());
        }
    }
}
