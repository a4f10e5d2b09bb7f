package io.github.cloze4j.tokenizer.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TextPipeline;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerFilesTest {
    @TempDir
    private Path directory;

    @Test
    void everyConfigurationIsReadAsItWasWritten() throws IOException {
        for (TokenizerConfig config : everyConfig()) {
            write(new BertTokenizer(TestVocabularies.small(), config));
            BertTokenizer read = TokenizerFiles.read(directory);
            assertEquals(config, read.config());
            assertEquals(TestVocabularies.small(), read.vocabulary());
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
    void aDirectoryWithoutAVocabularyIsRefused() {
        String message = assertThrows(CorpusException.class, () -> TokenizerFiles.read(directory))
                .getMessage();
        assertTrue(message.contains(TokenizerFiles.VOCABULARY), message);
    }

    @Test
    void aVocabularyAloneIsAnUncasedTokenizer() throws IOException {
        Files.writeString(
                directory.resolve(TokenizerFiles.VOCABULARY),
                TestVocabularies.small().toText());
        BertTokenizer read = TokenizerFiles.read(directory);
        assertEquals(TokenizerConfig.uncased(), read.config());
        assertEquals(TestVocabularies.small(), read.vocabulary());
    }

    @Test
    void tokenizerJsonAloneIsTheWholeTokenizer() throws IOException {
        for (TokenizerConfig config : everyConfig()) {
            write(new BertTokenizer(TestVocabularies.small(), config));
            Files.delete(directory.resolve(TokenizerFiles.VOCABULARY));
            Files.delete(directory.resolve(TokenizerFiles.CONFIG));
            BertTokenizer read = TokenizerFiles.read(directory);
            assertEquals(TextPipeline.of(config), read.pipeline());
            assertEquals(TestVocabularies.small(), read.vocabulary());
        }
    }

    @Test
    void asInTransformersTheConfigurationCountsBeforeTokenizerJson() throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), new TokenizerConfig(false, true, false)));
        config("{}");
        assertEquals(TokenizerConfig.uncased(), TokenizerFiles.read(directory).config());
        config("{\"tokenizer_class\": \"BertTokenizerFast\", \"strip_accents\": false}");
        assertEquals(
                new TokenizerConfig(true, false, true),
                TokenizerFiles.read(directory).config());
        config("{\"tokenizer_class\": \"PreTrainedTokenizerFast\"}");
        assertEquals(
                new TokenizerConfig(false, true, false),
                TokenizerFiles.read(directory).config());
    }

    @Test
    void idsAreThoseOfTheRustTokenizerForEveryConfiguration() throws IOException {
        long seed = System.nanoTime();
        System.out.println("TokenizerFilesTest.idsAreThoseOfTheRustTokenizerForEveryConfiguration: seed " + seed);
        Random random = new Random(seed);
        String[] parts = {"The", "CAFÉ", "café", "Cafe\u0301", "李白", "jumped", ", ", " ", "É", "fox", "<MASK>", "[MASK]"
        };
        for (Vocabulary vocabulary : List.of(TestVocabularies.small(), otherNames())) {
            for (TokenizerConfig config : everyConfig()) {
                write(new BertTokenizer(vocabulary, config));
                BertTokenizer ours = TokenizerFiles.read(directory);
                try (RustTokenizer theirs =
                        RustTokenizer.of(Files.readString(directory.resolve(TokenizerFiles.TOKENIZER)))) {
                    for (int i = 0; i < 200; i++) {
                        StringBuilder text = new StringBuilder();
                        random.ints(random.nextInt(8), 0, parts.length).forEach(part -> text.append(parts[part]));
                        assertArrayEquals(
                                theirs.encode(text.toString(), true).ids(),
                                ours.encode(text.toString(), new EncodeOptions(Integer.MAX_VALUE, true, true))
                                        .ids(),
                                "seed " + seed + ", " + config + ": " + text);
                    }
                }
            }
        }
    }

    @Test
    void specialTokensMayHaveOtherNames() throws IOException {
        write(new BertTokenizer(otherNames(), TokenizerConfig.uncased()));
        assertEquals(otherNames(), TokenizerFiles.read(directory).vocabulary());

        Files.delete(directory.resolve(TokenizerFiles.TOKENIZER));
        config("{\"unk_token\": {\"content\": \"<UNK>\", \"lstrip\": false}, \"mask_token\": \"[nowhere]\"}");
        file(
                TokenizerFiles.NAMES,
                "{\"pad_token\": \"<PAD>\", \"cls_token\": {\"content\": \"<CLS>\"}, \"sep_token\": \"<SEP>\","
                        + " \"mask_token\": \"<MASK>\"}");
        BertTokenizer read = TokenizerFiles.read(directory);
        assertEquals(otherNames(), read.vocabulary());
        int[] ids = read.encode("fox <MASK>", new EncodeOptions(10, true, true)).ids();
        assertEquals(otherNames().maskId(), ids[2]);
    }

    @Test
    void filesThatContradictEachOtherAreRefused() throws IOException {
        BertTokenizer tokenizer = new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased());
        write(tokenizer);
        file(TokenizerFiles.NAMES, "{\"unk_token\": \"the\"}");
        assertRefused("/model/unk_token the");
        file(TokenizerFiles.NAMES, "{\"unk_token\": \"[MASK]\"}");
        assertRefused("five different special tokens");
        file(TokenizerFiles.NAMES, "{\"unk_token\": 7}");
        assertRefused("unk_token");
    }

    /** Each would fill the memory; none tells its length. */
    @ParameterizedTest
    @EnabledOnOs(OS.LINUX)
    @ValueSource(strings = {"vocab.txt", "tokenizer.json", "tokenizer_config.json", "added_tokens.json"})
    void aFileWithoutEndIsRefused(String name) throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased()));
        Files.deleteIfExists(directory.resolve(name));
        Files.createSymbolicLink(directory.resolve(name), Path.of("/dev/zero"));
        if (name.equals(TokenizerFiles.VOCABULARY)) {
            // It does not count beside the other.
            Files.delete(directory.resolve(TokenizerFiles.TOKENIZER));
        }
        assertRefused("bytes");
    }

    @Test
    void aVocabularyForOtherSettingsIsNoticed() {
        List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
        tokens.addAll(List.of("the", "##s", "The", "Café", "É"));
        Vocabulary vocabulary = Vocabulary.of(tokens);
        assertEquals(0.3, UnreachablePieces.share(new BertTokenizer(vocabulary, TokenizerConfig.uncased())));
        assertEquals(0, UnreachablePieces.share(new BertTokenizer(vocabulary, TokenizerConfig.cased())));
    }

    @Test
    void ideographsThatContinueAWordDoNotSpeakAgainstLowerCase() {
        List<String> tokens = new ArrayList<>(Vocabulary.SPECIAL_TOKENS);
        tokens.addAll(List.of("中", "国", "##中", "##国", "the", "##s"));
        Vocabulary chinese = Vocabulary.of(tokens);
        assertEquals(0, UnreachablePieces.share(new BertTokenizer(chinese, TokenizerConfig.uncased())));
    }

    @Test
    void aDamagedVocabTxtThatDoesNotCountIsNoReasonToRefuse() throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased()));
        for (String text : List.of("", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n")) {
            file(TokenizerFiles.VOCABULARY, text);
            assertEquals(
                    TestVocabularies.small(), TokenizerFiles.read(directory).vocabulary());
        }
        Files.delete(directory.resolve(TokenizerFiles.TOKENIZER));
        assertRefused("Git LFS");
    }

    @Test
    void theVocabularyIsThatOfTokenizerJson() throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased()));
        file(TokenizerFiles.VOCABULARY, "other\n" + TestVocabularies.small().toText());
        assertEquals(TestVocabularies.small(), TokenizerFiles.read(directory).vocabulary());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            tokenizer_config.json   | {"tokenizer_class": "BertJapaneseTokenizer"}       | BertJapaneseTokenizer
            tokenizer_config.json   | {"tokenizer_class": "RobertaTokenizer"}            | RobertaTokenizer
            tokenizer_config.json   | {"tokenizer_class": "MPNetTokenizerFast"}          | MPNetTokenizerFast
            tokenizer_config.json   | {"additional_special_tokens": ["[E1]", 7]}         | additional_special_tokens
            tokenizer_config.json   | {"additional_special_tokens": [""]}                | additional_special_tokens
            tokenizer_config.json   | {"added_tokens_decoder": {"0": {"text": "[PAD]"}}} | content
            tokenizer_config.json   | {"added_tokens_decoder": {"x": {"content": "a"}}}  | added_tokens_decoder
            tokenizer_config.json   | {"added_tokens_decoder": {"9": {"content": "a", "lstrip": 1}}} | lstrip
            added_tokens.json       | {"[E4]": "40"}                                     | [E4]
            tokenizer.json          | {}                                                 | /model/vocab
            """)
    void anotherTokenizerIsRefusedByName(String name, String text, String word) throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased()));
        file(name, text);
        assertRefused(word);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "BertPreTokenizer"                 | "Metaspace"                       | /pre_tokenizer/type
            "BertPreTokenizer"                 | "Punctuation"                     | white space
            "BertNormalizer"                   | "NFKC"                            | /normalizer/type
            "type" : "WordPiece",\\n    "unk  | "type" : "BPE",\\n    "unk         | /model/type
            "continuing_subword_prefix" : "##" | "continuing_subword_prefix" : "@" | prefix
            "max_input_chars_per_word" : 100   | "max_input_chars_per_word" : "1"  | max_input
            "TemplateProcessing"               | "ByteLevel"                       | TemplateProcessing
            "id" : "B",\\n        "type_id" : 1 | "id" : "B",\\n        "type_id" : 0 | /post_processor/pair/3/Sequence/type_id 1
            "ids" : [ 2 ]                      | "ids" : [ 7 ]                     | the id 2 for [CLS]
            "[PAD]" : 0                        | "[PAD]" : -1                      | ids from 0 to
            "[PAD]" : 0                        | "[PAD]" : 4294967296              | ids from 0 to
            "[PAD]" : 0                        | "[PAD]" : 1000000000              | ids from 0 to
            "[PAD]" : 0                        | "[PAD]" : "0"                     | ids from 0 to
            "content" : "[PAD]"                | "content" : 7                     | content
            "id" : 0                           | "id" : "0"                        | an id
            "strip_accents" : null             | "strip_accents" : 1               | strip_accents
            "lowercase" : false                | "lowercase" : false, "lowercase" : true | twice
            """)
    void anotherPipelineIsRefusedByName(String from, String to, String word) throws IOException {
        write(new BertTokenizer(TestVocabularies.small(), TokenizerConfig.cased()));
        String good = Files.readString(directory.resolve(TokenizerFiles.TOKENIZER));
        String found = from.replace("\\n", "\n");
        assertTrue(good.contains(found), good);
        file(TokenizerFiles.TOKENIZER, good.replace(found, to.replace("\\n", "\n")));
        assertRefused(word);
    }

    @Test
    void mutatedFilesAreReadOrRefused() throws IOException {
        long seed = System.nanoTime();
        System.out.println("TokenizerFilesTest.mutatedFilesAreReadOrRefused: seed " + seed);
        Random random = new Random(seed);
        write(new BertTokenizer(otherNames(), TokenizerConfig.cased()));
        file(TokenizerFiles.NAMES, "{\"pad_token\": \"<PAD>\"}");
        int refused = 0;
        for (String name : List.of(TokenizerFiles.TOKENIZER, TokenizerFiles.CONFIG, TokenizerFiles.NAMES)) {
            byte[] good = Files.readAllBytes(directory.resolve(name));
            for (int i = 0; i < 150; i++) {
                byte[] bad = Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
                for (int changes = random.nextInt(4); changes > 0 && bad.length > 0; changes--) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
                }
                Files.write(directory.resolve(name), bad);
                try {
                    // Read whole or not at all: names that the vocabulary lacks are added to it.
                    assertTrue(
                            TokenizerFiles.read(directory).vocabulary().size()
                                    >= otherNames().size(),
                            "seed " + seed);
                } catch (CorpusException damaged) {
                    assertEquals(1, damaged.getMessage().lines().count(), damaged.getMessage());
                    refused++;
                }
            }
            Files.write(directory.resolve(name), good);
        }
        assertTrue(refused > 150, "refused " + refused + " with seed " + seed);
    }

    private static List<TokenizerConfig> everyConfig() {
        List<TokenizerConfig> configs = new ArrayList<>();
        for (boolean lowerCase : new boolean[] {true, false}) {
            for (Boolean stripAccents : new Boolean[] {null, true, false}) {
                configs.add(new TokenizerConfig(lowerCase, stripAccents, true));
                configs.add(new TokenizerConfig(lowerCase, stripAccents, false));
            }
        }
        return configs;
    }

    private static Vocabulary otherNames() {
        List<String> tokens = Arrays.stream(TestVocabularies.small().toText().split("\n"))
                .map(token -> SpecialTokenNames.BERT.all().contains(token)
                        ? token.replace('[', '<').replace(']', '>')
                        : token)
                .toList();
        return Vocabulary.of(tokens, new SpecialTokenNames("<PAD>", "<UNK>", "<CLS>", "<SEP>", "<MASK>"));
    }

    private void assertRefused(String word) {
        String message = assertThrows(CorpusException.class, () -> TokenizerFiles.read(directory))
                .getMessage();
        assertTrue(message.contains(word) && message.contains(directory.toString()), message);
        assertEquals(1, message.lines().count(), message);
    }

    private void file(String name, String text) throws IOException {
        Files.writeString(directory.resolve(name), text);
    }

    private void config(String text) throws IOException {
        Files.writeString(directory.resolve(TokenizerFiles.CONFIG), text);
    }

    private void write(BertTokenizer tokenizer) throws IOException {
        for (Map.Entry<String, String> file :
                TokenizerFiles.write(tokenizer, 512).entrySet()) {
            Files.writeString(directory.resolve(file.getKey()), file.getValue());
        }
    }
}
