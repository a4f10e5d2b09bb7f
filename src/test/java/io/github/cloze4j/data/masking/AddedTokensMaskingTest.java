package io.github.cloze4j.data.masking;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.data.shards.TokenizerIdentity;
import io.github.cloze4j.random.RandomStream;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.files.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a token that somebody added means to masks and to prepared data. */
class AddedTokensMaskingTest {
    @TempDir
    Path directory;

    private BertTokenizer tokenizer(String config) throws IOException {
        Files.writeString(
                directory.resolve("vocab.txt"),
                String.join("\n", Vocabulary.SPECIAL_TOKENS) + "\nthe\nfox\n[unused1]\n");
        Files.writeString(directory.resolve("tokenizer_config.json"), config);
        return TokenizerFiles.read(directory);
    }

    private BertTokenizer tokenizer() throws IOException {
        return tokenizer("{\"additional_special_tokens\": [\"[E1]\", \"[unused1]\"], \"added_tokens_decoder\":"
                + " {\"7\": {\"content\": \"[unused1]\", \"special\": true}, \"8\": {\"content\": \"vole\"}}}");
    }

    @Test
    void addedSpecialTokensAreNeverMasked() throws IOException {
        BertTokenizer tokenizer = tokenizer();
        Vocabulary vocabulary = tokenizer.vocabulary();
        SpecialTokens specials = SpecialTokens.of(vocabulary);
        assertEquals(Set.of(vocabulary.id("[unused1]"), vocabulary.id("[E1]")), specials.further());
        assertFalse(specials.contains(vocabulary.id("vole")));

        int[] ids = tokenizer.ids("the [E1] fox [unused1] vole [E1]");
        assertEquals(6, ids.length);
        Masker masker = new Masker(
                new TokenMasking(0.9, specials), TokenReplacement.BERT, specials, vocabulary.size(), ids.length);
        int voles = 0;
        for (int i = 0; i < 200; i++) {
            Masker.Masked masked =
                    masker.mask(new PackedRow(ids.clone(), new int[] {0, ids.length}), new RandomStream(7, 0, 0, i));
            for (int label : masked.labels()) {
                assertFalse(specials.contains(label), Arrays.toString(masked.labels()));
                voles += label == vocabulary.id("vole") ? 1 : 0;
            }
        }
        assertTrue(voles > 100, voles + " of 200");
    }

    @Test
    void preparedDataKnowTheAddedTokensOfTheirTokenizer() throws IOException {
        TokenizerIdentity identity = TokenizerIdentity.of(tokenizer());
        assertEquals(identity, TokenizerIdentity.of(tokenizer()));
        assertNotEquals(identity, TokenizerIdentity.of(tokenizer("{}")));
        // The same ids, found by other rules.
        assertNotEquals(
                TokenizerIdentity.of(tokenizer("{\"added_tokens_decoder\": {\"8\": {\"content\": \"vole\"}}}")),
                TokenizerIdentity.of(tokenizer(
                        "{\"added_tokens_decoder\": {\"8\": {\"content\": \"vole\", \"single_word\": true}}}")));
    }
}
