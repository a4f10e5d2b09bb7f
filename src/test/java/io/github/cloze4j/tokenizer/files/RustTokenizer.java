package io.github.cloze4j.tokenizer.files;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Encoding;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;

/** The reference: Hugging Face's tokenizer, made from the tokenizer.json that {@link TokenizerFiles} writes. */
public final class RustTokenizer implements AutoCloseable {
    private final HuggingFaceTokenizer tokenizer;

    /** Special tokens are recognised in text, as tokenizer.json has it. */
    public static RustTokenizer of(BertTokenizer tokenizer) {
        return new RustTokenizer(json(tokenizer), Map.of());
    }

    /** The tokenizer of a tokenizer.json. */
    public static RustTokenizer of(String json) {
        return new RustTokenizer(json, Map.of());
    }

    /** Special tokens in text are words like any. */
    public static RustTokenizer plain(BertTokenizer tokenizer) {
        return new RustTokenizer(withoutAddedTokens(tokenizer), Map.of());
    }

    public static RustTokenizer truncating(BertTokenizer tokenizer, int maxLength, boolean addSpecialTokens) {
        return new RustTokenizer(
                json(tokenizer),
                Map.of(
                        "truncation", "LONGEST_FIRST",
                        "maxLength", Integer.toString(maxLength),
                        "addSpecialTokens", Boolean.toString(addSpecialTokens)));
    }

    private RustTokenizer(String json, Map<String, String> more) {
        Map<String, String> options = new HashMap<>(Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "false"));
        options.putAll(more);
        try {
            tokenizer = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), options);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String json(BertTokenizer tokenizer) {
        return TokenizerFiles.write(tokenizer, 512).get(TokenizerFiles.TOKENIZER);
    }

    private static String withoutAddedTokens(BertTokenizer tokenizer) {
        ObjectNode json = TokenizerJson.of(tokenizer);
        json.putArray("added_tokens");
        return json.toString();
    }

    public Encoding encode(String text, boolean addSpecialTokens) {
        return converted(tokenizer.encode(text, addSpecialTokens, false), text, text);
    }

    public Encoding encode(String first, String second, boolean addSpecialTokens) {
        return converted(tokenizer.encode(first, second, addSpecialTokens, false), first, second);
    }

    public Encoding[] encode(String[] texts) {
        ai.djl.huggingface.tokenizers.Encoding[] encodings = tokenizer.batchEncode(texts, false, false);
        return IntStream.range(0, texts.length)
                .mapToObj(i -> converted(encodings[i], texts[i], texts[i]))
                .toArray(Encoding[]::new);
    }

    public String decode(int[] ids) {
        return tokenizer.decode(Arrays.stream(ids).asLongStream().toArray(), true);
    }

    /** Its offsets count code points; ours UTF-16 units. */
    private static Encoding converted(ai.djl.huggingface.tokenizers.Encoding encoding, String first, String second) {
        int[] typeIds = ints(encoding.getTypeIds());
        int[][] indices = {utf16Indices(first), utf16Indices(second)};
        CharSpan[] spans = encoding.getCharTokenSpans();
        long[] mask = encoding.getSpecialTokenMask();
        int length = typeIds.length;
        int[] starts = new int[length];
        int[] ends = new int[length];
        boolean[] special = new boolean[length];
        for (int i = 0; i < length; i++) {
            special[i] = mask[i] == 1;
            if (!special[i]) {
                starts[i] = indices[typeIds[i]][spans[i].getStart()];
                ends[i] = indices[typeIds[i]][spans[i].getEnd()];
            }
        }
        return new Encoding(ints(encoding.getIds()), typeIds, starts, ends, special);
    }

    private static int[] ints(long[] values) {
        return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
    }

    private static int[] utf16Indices(String text) {
        int[] indices = new int[text.codePointCount(0, text.length()) + 1];
        for (int i = 1; i < indices.length; i++) {
            indices[i] = indices[i - 1] + Character.charCount(text.codePointAt(indices[i - 1]));
        }
        return indices;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
