package io.github.cloze4j.pretrained.onnx;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Texts of one batch, a row each, as ONNX models take them and as ours do.
 *
 * @param ids {@code [rows][length of the row]}
 * @param types of the same lengths
 * @param padding the id behind the end of the shorter rows
 */
record TokenRows(int[][] ids, int[][] types, int padding) {
    /** Texts with special tokens around them, cut off where the model has no more positions. */
    static TokenRows of(BertTokenizer tokenizer, BertConfig config, List<String> texts) {
        EncodeOptions options = new EncodeOptions(config.maxPositionEmbeddings(), true, true);
        List<Encoding> encodings =
                texts.stream().map(text -> tokenizer.encode(text, options)).toList();
        return new TokenRows(
                encodings.stream().map(Encoding::ids).toArray(int[][]::new),
                encodings.stream().map(Encoding::typeIds).toArray(int[][]::new),
                tokenizer.vocabulary().padId());
    }

    int rows() {
        return ids.length;
    }

    int length(int row) {
        return ids[row].length;
    }

    int longest() {
        return Arrays.stream(ids).mapToInt(row -> row.length).max().orElseThrow();
    }

    int[][] paddedIds() {
        return padded(ids, padding);
    }

    int[][] paddedTypes() {
        return padded(types, 0);
    }

    int[][] attentionMask() {
        return padded(
                Arrays.stream(ids)
                        .map(row -> IntStream.range(0, row.length).map(i -> 1).toArray())
                        .toArray(int[][]::new),
                0);
    }

    /** Every token is one to be predicted; padding is a document of its own. */
    Batch batch(BertConfig config) {
        int seqLen = longest();
        int[] positions = IntStream.range(0, rows() * seqLen)
                .map(i -> i % seqLen < length(i / seqLen) ? i % seqLen : i % seqLen - length(i / seqLen))
                .toArray();
        int[] offsets = IntStream.concat(
                        IntStream.range(0, rows())
                                .flatMap(row -> IntStream.of(row * seqLen, row * seqLen + length(row))),
                        IntStream.of(rows() * seqLen))
                .distinct()
                .toArray();
        int[] tokens = IntStream.range(0, rows() * seqLen)
                .filter(i -> i % seqLen < length(i / seqLen))
                .toArray();
        return new Batch(
                rows(),
                seqLen,
                flat(paddedIds()),
                flat(paddedTypes()),
                positions,
                config.documents(offsets),
                tokens.length,
                List.of(new Targets(tokens, new int[tokens.length])));
    }

    private int[][] padded(int[][] values, int filler) {
        return Arrays.stream(values)
                .map(row -> {
                    int[] longer = Arrays.copyOf(row, longest());
                    Arrays.fill(longer, row.length, longer.length, filler);
                    return longer;
                })
                .toArray(int[][]::new);
    }

    private static int[] flat(int[][] values) {
        return Arrays.stream(values).flatMapToInt(Arrays::stream).toArray();
    }
}
