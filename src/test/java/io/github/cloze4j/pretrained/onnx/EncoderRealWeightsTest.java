package io.github.cloze4j.pretrained.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OrtException;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Published encoders: tokens are those of the Rust tokenizer, hidden states those of ONNX Runtime. */
@Tag("real-weights")
class EncoderRealWeightsTest {
    private static final int BATCH = 5;

    /** English and Chinese, from nothing at all to more than there are positions for. */
    private static List<String> texts() {
        List<String> glosses;
        try (Stream<String> documents = Corpus.wordNetGlosses().documents()) {
            glosses = documents.limit(40_000).toList();
        }
        Stream<String> english = IntStream.range(0, 14).mapToObj(i -> glosses.get(2_857 * i));
        Stream<String> longer =
                IntStream.of(3, 8, 14, 60).mapToObj(i -> String.join(" ", glosses.subList(600 * i, 600 * i + i)));
        Stream<String> written = Stream.of(
                "",
                "a",
                "Naïve café owners in Zürich paid €3.50 – don't they?",
                "UPPER lower MiXeD 12,345.67 http://example.org/a_b?c=d#e",
                "🙂 unaffable antidisestablishmentarianism \t ½ Ünïcödé",
                "今天天气很好,我们去公园散步吧。",
                "自然语言处理是人工智能的一个重要方向",
                "请问,离这里最近的地铁站怎么走?",
                "北京大学成立于1898年,是中国著名的高等学府之一。",
                "他说:“BERT模型的参数量大约是1.1亿。”",
                "機器學習與深度學習有什麼不同?",
                "春眠不觉晓,处处闻啼鸟。夜来风雨声,花落知多少。",
                "好",
                "日本語の文と한국어 문장도 섞어 봅니다.",
                "这家餐厅的服务态度非常差,菜也不好吃,再也不会来了。".repeat(7));
        return Stream.of(english, longer, written).flatMap(texts -> texts).toList();
    }

    @ParameterizedTest
    @EnumSource
    void tokensAreThoseOfTheRustTokenizer(PublishedEncoder published) throws IOException {
        BertTokenizer ours = published.tokenizer();
        try (HuggingFaceTokenizer theirs = HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(published.tokenizerJson()),
                Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "false"))) {
            for (String text : texts()) {
                assertArrayEquals(
                        theirs.encode(text).getIds(),
                        Arrays.stream(ours.encode(text, EncodeOptions.defaults())
                                        .ids())
                                .asLongStream()
                                .toArray(),
                        text);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void hiddenStatesAreThoseOfOnnxRuntime(PublishedEncoder published) throws IOException, OrtException {
        double largest = 0;
        try (OnnxSession session = new OnnxSession(published.onnx());
                Bert model = published.model("cpu")) {
            BertTokenizer tokenizer = published.tokenizer();
            List<String> texts = texts();
            for (String text : texts) {
                TokenRows rows = TokenRows.of(tokenizer, model.config(), List.of(text));
                largest = Math.max(largest, OnnxParity.assertHiddenStatesAgree(session, model, rows, text));
            }
            for (int first = 0; first + BATCH <= texts.size(); first += BATCH) {
                TokenRows rows = TokenRows.of(tokenizer, model.config(), texts.subList(first, first + BATCH));
                String what = "texts from " + first;
                largest = Math.max(largest, OnnxParity.assertHiddenStatesAgree(session, model, rows, what));
            }
        }
        System.out.println(published + ": largest difference " + largest);
    }

    @ParameterizedTest
    @EnumSource
    void thePortableKernelsAgreeToo(PublishedEncoder published) throws IOException, OrtException {
        try (OnnxSession session = new OnnxSession(published.onnx());
                Bert model = published.model("nd4j")) {
            List<String> texts = texts().subList(0, 1);
            OnnxParity.assertHiddenStatesAgree(
                    session, model, TokenRows.of(published.tokenizer(), model.config(), texts), texts.get(0));
        }
    }

    @Test
    void whatIsExportedAgreesToo(@TempDir Path directory) throws IOException, OrtException {
        PublishedEncoder published = PublishedEncoder.BGE_SMALL_ZH_V15;
        Path file = directory.resolve("encoder.onnx");
        try (Bert model = published.model("cpu")) {
            OnnxModel.write(file, model, OnnxModel.Output.LAST_HIDDEN_STATE);
            TokenRows rows = TokenRows.of(published.tokenizer(), model.config(), texts().subList(20, 30));
            try (OnnxSession session = new OnnxSession(file)) {
                OnnxParity.assertHiddenStatesAgree(session, model, rows, "exported");
            }
        }
    }
}
