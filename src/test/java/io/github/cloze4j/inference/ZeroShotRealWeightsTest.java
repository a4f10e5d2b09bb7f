package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.RealWeights;
import io.github.cloze4j.pretrained.google.GoogleCheckpoint;
import io.github.cloze4j.pretrained.onnx.PublishedEncoder;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Published models choose the kind of a thing by its definition in WordNet, and the topic of Chinese texts. */
@Tag("real-weights")
class ZeroShotRealWeightsTest {
    private static final String NOUNS = "/net/sf/extjwnl/data/wordnet/wn31/data.noun";

    /** Lexicographer files of WordNet, by number, as labels. */
    private static final Map<String, String> KINDS =
            Map.of("05", "animal", "20", "plant", "13", "food", "18", "person", "08", "body", "15", "place");

    private static final List<LabelWords> LABELS =
            KINDS.values().stream().sorted().map(LabelWords::of).toList();

    private static final int EVERY = 171;

    /** A definition and its kind. */
    private record Gloss(String text, String kind) {}

    /** Every 171st definition of these kinds. */
    private static List<Gloss> glosses() {
        List<Gloss> all = new ArrayList<>();
        InputStream stream = ZeroShotRealWeightsTest.class.getResourceAsStream(NOUNS);
        assertNotNull(stream);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String kind = line.startsWith(" ") ? null : KINDS.get(line.substring(9, 11));
                if (kind != null) {
                    // Examples come after the definition, in quotes.
                    all.add(new Gloss(
                            line.substring(line.indexOf(" | ") + 3)
                                    .split("; \"", 2)[0]
                                    .strip(),
                            kind));
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return IntStream.range(0, all.size())
                .filter(i -> i % EVERY == 0)
                .mapToObj(all::get)
                .toList();
    }

    private static double accuracy(String what, ZeroShotClassifier classifier, List<Gloss> glosses) {
        try (classifier) {
            long begin = System.nanoTime();
            List<ZeroShotClassifier.Answer> answers =
                    classifier.classify(glosses.stream().map(Gloss::text).toList());
            long right = IntStream.range(0, glosses.size())
                    .filter(i -> label(answers.get(i)).equals(glosses.get(i).kind()))
                    .count();
            double accuracy = (double) right / glosses.size();
            System.out.printf(
                    Locale.ROOT, "| %s | %.1f %% | %.1f s%n", what, 100 * accuracy, (System.nanoTime() - begin) / 1e9);
            return accuracy;
        }
    }

    private static String label(ZeroShotClassifier.Answer answer) {
        return answer.answers().get(0).label();
    }

    private static double majority(List<Gloss> glosses) {
        Map<String, Long> counts = glosses.stream().collect(Collectors.groupingBy(Gloss::kind, Collectors.counting()));
        double majority = (double) Collections.max(counts.values()) / glosses.size();
        System.out.printf(Locale.ROOT, "%d glosses, %s; majority %.1f %%%n", glosses.size(), counts, 100 * majority);
        return majority;
    }

    @Test
    void bertBaseKnowsTheKindOfAThingByPattern() {
        List<Gloss> glosses = glosses();
        double majority = majority(glosses);
        try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                GoogleCheckpoint checkpoint = GoogleCheckpoint.open(RealWeights.bertBase());
                Bert model = checkpoint.readModel(kernels)) {
            BertTokenizer tokenizer = checkpoint.readTokenizer(false);
            String pattern = "[MASK] : {text}";
            assertTrue(accuracy(
                            pattern,
                            ZeroShotClassifier.byPattern(model, tokenizer, pattern, LABELS, List.of()),
                            glosses)
                    > majority + 0.2);
        }
    }

    @Test
    void miniLmKnowsTheKindOfAThingByEmbedding() throws IOException {
        List<Gloss> glosses = glosses();
        double majority = majority(glosses);
        try (Bert model = PublishedEncoder.ALL_MINILM_L6_V2.model(KernelProviders.AUTO)) {
            BertTokenizer tokenizer = PublishedEncoder.ALL_MINILM_L6_V2.tokenizer();
            EmbedderSettings settings = EmbedderSettings.plain(Path.of(""));
            assertTrue(accuracy("MiniLM", ZeroShotClassifier.byEmbedding(model, tokenizer, settings, LABELS), glosses)
                    > majority + 0.2);
        }
    }

    @Test
    void bgeKnowsTheTopicOfChineseTextsByEmbedding() throws IOException {
        Map<String, String> topics = Map.of(
                "中国队在世界杯预选赛中以三比一战胜对手,前锋梅开二度。", "体育",
                "上证指数收盘上涨百分之二,银行股领涨,成交额超过一万亿元。", "财经",
                "这家公司发布了新一代手机芯片,性能提升百分之四十。", "科技",
                "把五花肉切块焯水,加酱油和冰糖小火慢炖一个小时。", "美食");
        List<String> texts = topics.keySet().stream().sorted().toList();
        List<LabelWords> labels =
                Stream.of("体育", "财经", "科技", "美食").map(LabelWords::of).toList();
        try (Bert model = PublishedEncoder.BGE_SMALL_ZH_V15.model(KernelProviders.AUTO);
                ZeroShotClassifier classifier = ZeroShotClassifier.byEmbedding(
                        model,
                        PublishedEncoder.BGE_SMALL_ZH_V15.tokenizer(),
                        EmbedderSettings.plain(Path.of("")).withPooling(SentenceEmbedder.Pooling.CLS),
                        labels)) {
            assertEquals(
                    texts.stream().map(topics::get).toList(),
                    classifier.classify(texts).stream()
                            .map(ZeroShotRealWeightsTest::label)
                            .toList());
        }
    }
}
