package io.github.cloze4j.tokenizer.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Tokenizer files as people have them give the ids and offsets that transformers 5.18 gives, also after we write them. */
class TokenizerDirectoriesTest {
    private static final EncodeOptions AS_TRANSFORMERS = new EncodeOptions(Integer.MAX_VALUE, true, true);

    @TempDir
    Path directory;

    @TestFactory
    Stream<DynamicTest> readAndWrittenAsTransformersDoes() throws IOException {
        JsonNode fixture = fixture();
        return StreamSupport.stream(fixture.path("directories").spliterator(), false)
                .map(expected -> DynamicTest.dynamicTest(
                        expected.path("name").textValue(), () -> check(expected, fixture.path("texts"))));
    }

    private void check(JsonNode expected, JsonNode texts) throws IOException {
        Path read = Files.createDirectory(directory.resolve("read" + expected.hashCode()));
        for (Map.Entry<String, JsonNode> file : expected.path("files").properties()) {
            Files.writeString(read.resolve(file.getKey()), file.getValue().textValue());
        }
        BertTokenizer tokenizer = TokenizerFiles.read(read);
        checkAnswers(expected, texts, tokenizer);

        Path written = Files.createDirectory(directory.resolve("written" + expected.hashCode()));
        for (Map.Entry<String, String> file :
                TokenizerFiles.write(tokenizer, 512).entrySet()) {
            Files.writeString(written.resolve(file.getKey()), file.getValue());
        }
        BertTokenizer again = TokenizerFiles.read(written);
        checkAnswers(expected, texts, again);
        assertEquals(tokenizer.pipeline(), again.pipeline());
        assertEquals(tokenizer.vocabulary().addedTokens(), again.vocabulary().addedTokens());
    }

    private static void checkAnswers(JsonNode expected, JsonNode texts, BertTokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        assertEquals(expected.path("size").intValue(), vocabulary.size());
        List<Integer> special = new ArrayList<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.isSpecial(id)) {
                special.add(id);
            }
        }
        assertEquals(expected.path("special").toString(), special.toString().replace(" ", ""));
        expected.path("added")
                .properties()
                .forEach(token -> assertEquals(token.getValue().intValue(), vocabulary.id(token.getKey())));
        assertEquals(expected.path("added").size(), vocabulary.addedTokens().size());
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.path(i).textValue();
            JsonNode answer = expected.path("encodings").path(i);
            Encoding encoding = tokenizer.encode(text, AS_TRANSFORMERS);
            assertArrayEquals(ints(answer.path("ids")), encoding.ids(), text);
            assertArrayEquals(ints(answer.path("offsets")), offsets(encoding), text);
        }
    }

    /** No text here has characters beyond the basic plane, so UTF-16 units and code points are the same. */
    private static int[] offsets(Encoding encoding) {
        int[] offsets = new int[2 * encoding.ids().length];
        for (int i = 0; i < encoding.ids().length; i++) {
            offsets[2 * i] = encoding.starts()[i];
            offsets[2 * i + 1] = encoding.ends()[i];
        }
        return offsets;
    }

    private static int[] ints(JsonNode values) {
        return StreamSupport.stream(values.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    private static JsonNode fixture() throws IOException {
        try (InputStream stream = TokenizerDirectoriesTest.class.getResourceAsStream("/tokenizer/directories.json")) {
            return new ObjectMapper().readTree(stream);
        }
    }
}
