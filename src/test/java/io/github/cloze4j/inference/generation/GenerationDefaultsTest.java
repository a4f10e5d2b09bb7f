package io.github.cloze4j.inference.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.pretrained.Warnings;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationDefaultsTest {
    private static final Vocabulary VOCABULARY = TestVocabularies.small();

    @TempDir
    Path directory;

    private GenerationDefaults read(String json) throws IOException {
        Files.writeString(directory.resolve("generation_config.json"), json);
        return GenerationDefaults.read(directory, VOCABULARY);
    }

    @Test
    void withoutTheFileEverySettingIsTheLibrarys() throws IOException {
        GenerationConfig plain = GenerationConfig.builder().build();
        assertEquals(
                plain, GenerationDefaults.read(directory, VOCABULARY).builder().build());
        String own = "{\"bos_token_id\": 2, \"eos_token_id\": " + VOCABULARY.sepId() + ", \"use_cache\": true}";
        assertEquals(
                "",
                Warnings.during(() -> assertEquals(plain, read(own).builder().build())));
    }

    /** What src/test/python/make_decoder_directories.py let transformers save. */
    @Test
    void aFileOfTransformersIsRead() {
        GenerationDefaults defaults =
                GenerationDefaults.read(Path.of("src/test/resources/pretrained/decoders/next-word"), VOCABULARY);
        GenerationConfig.Builder both =
                GenerationConfig.builder().maxNewTokens(12).repetitionPenalty(1.2);
        assertEquals(both.build(), defaults.builder(false, 1).build());
        assertEquals(
                both.doSample(true).temperature(0.7).topK(5).topP(0.9).build(),
                defaults.builder().build());
    }

    @Test
    void settingsOfOneSearchAreNotThoseOfAnother() throws IOException {
        GenerationDefaults defaults = read("""
                {"num_beams": 4, "length_penalty": 0.5, "early_stopping": "never", "num_return_sequences": 2,
                 "temperature": 0.7, "top_k": 3, "min_p": 0.1, "min_new_tokens": 2, "no_repeat_ngram_size": 3,
                 "bad_words_ids": [[5], [6, 7]], "stop_strings": ["."]}""");
        GenerationConfig.Builder common = GenerationConfig.builder()
                .minNewTokens(2)
                .noRepeatNgramSize(3)
                .badWordsIds(List.of(List.of(5), List.of(6, 7)))
                .stopStrings(List.of("."));
        assertEquals(common.build(), defaults.builder(false, 1).build());
        assertEquals(
                common.numBeams(4)
                        .lengthPenalty(0.5)
                        .earlyStopping(EarlyStopping.NEVER)
                        .numReturnSequences(2)
                        .build(),
                defaults.builder().build());
        assertEquals(
                common.numBeams(1)
                        .lengthPenalty(1)
                        .earlyStopping(EarlyStopping.FALSE)
                        .numReturnSequences(1)
                        .doSample(true)
                        .temperature(0.7)
                        .topK(3)
                        .minP(0.1)
                        .build(),
                defaults.builder(true, 1).build());
    }

    /** The 50 of transformers where no file and no user names a number. */
    @Test
    void aFileThatDrawsKeepsFiftyTokens() throws IOException {
        assertEquals(50, read("{\"do_sample\": true}").builder().build().topK());
        assertEquals(
                7, read("{\"do_sample\": true, \"top_k\": 7}").builder().build().topK());
        assertEquals(0, read("{}").builder(true, 1).build().topK());
        assertEquals(
                EarlyStopping.TRUE,
                read("{\"num_beams\": 2, \"early_stopping\": true}")
                        .builder()
                        .build()
                        .earlyStopping());
        assertEquals(
                List.of("x"),
                read("{\"stop_strings\": \"x\"}").builder().build().stopStrings());
    }

    @Test
    void whatIsNotComputedIsNamedOnce() throws IOException {
        String off = "{\"typical_p\": 1.0, \"guidance_scale\": 1, \"num_beam_groups\": 1, \"suppress_tokens\": [],"
                + " \"max_length\": 30, \"max_new_tokens\": 5}";
        assertEquals("", Warnings.during(() -> read(off)));
        String on =
                "{\"typical_p\": 0.5, \"max_length\": 30, \"do_sample\": true, \"num_beams\": 3, \"eos_token_id\": 999}";
        String warning = Warnings.during(() -> read(on));
        assertEquals(1, warning.lines().count(), warning);
        assertTrue(
                warning.endsWith(
                        "generation_config.json: Not used here: typical_p 0.5, max_length 30 (max_new_tokens counts),"
                                + " num_beams 3 together with do_sample, eos_token_id 999, because [SEP] ends a text"),
                warning);
    }

    @Test
    void endsOfATextOtherThanTheSeparatorAreNamed() throws IOException {
        int sep = VOCABULARY.sepId();
        assertEquals("", Warnings.during(() -> read("{\"eos_token_id\": [" + sep + "]}")));
        String warning = Warnings.during(() -> read("{\"eos_token_id\": [7, " + sep + ", 9]}"));
        assertTrue(warning.endsWith("Not used here: eos_token_id 7, 9, because [SEP] ends a text"), warning);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '$', textBlock = """
            {"temperature": 0, "do_sample": true}           | Expected a temperature above 0 (
            {"num_return_sequences": 3}                     | Expected num_return_sequences of at most num_beams
            {"top_k": "5", "do_sample": true}               | Expected an integer below 2^31 as top_k. Received: "5"
            {"early_stopping": "soon", "num_beams": 2}      | Expected true, false or "never" as early_stopping
            {"stop_strings": [1]}                           | Expected texts as stop_strings. Received: [1]
            {"bad_words_ids": [["a"]]}                      | Expected lists of token ids as bad_words_ids
            {"bad_words_ids": [[999999]]}                   | Expected bad_words_ids below the size of the vocabulary
            [1                                              | Expected a JSON object
            """)
    void aDamagedFileIsRefused(String json, String message) {
        String received = String.valueOf(
                assertThrows(CheckpointFormatException.class, () -> read(json)).getMessage());
        assertTrue(received.contains("generation_config.json: " + message), received);
        assertEquals(1, received.lines().count());
    }
}
