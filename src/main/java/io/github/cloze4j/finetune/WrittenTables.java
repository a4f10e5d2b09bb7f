package io.github.cloze4j.finetune;

import io.github.cloze4j.train.ResultTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** The tables of texts that a model writes: scores by the length of the right text, the first texts, and the worst ones. */
final class WrittenTables {
    private static final int MOST_TEXTS = 20;
    private static final int LENGTHS = 4;

    private final List<String> sources;
    private final WrittenTexts texts;

    private WrittenTables(List<String> sources, WrittenTexts texts) {
        this.sources = sources;
        this.texts = texts;
    }

    /** @param sources the source of each text */
    static List<ResultTable> of(List<String> sources, WrittenTexts texts) {
        WrittenTables tables = new WrittenTables(sources, texts);
        return List.of(tables.lengths(), tables.first(), tables.worst());
    }

    private ResultTable lengths() {
        int[] byLength = IntStream.range(0, texts.count())
                .boxed()
                .sorted(Comparator.comparingInt(i -> length(texts.right().get(i))))
                .mapToInt(Integer::intValue)
                .toArray();
        List<List<String>> rows = new ArrayList<>();
        for (int part = 0; part < LENGTHS; part++) {
            int from = part * byLength.length / LENGTHS;
            int end = (part + 1) * byLength.length / LENGTHS;
            if (end > from) {
                rows.add(row(Arrays.copyOfRange(byLength, from, end)));
            }
        }
        return new ResultTable(
                "Scores by the length of the right text",
                List.of("characters", "exact", "chrF", "BLEU", "of right length", "texts"),
                rows);
    }

    private List<String> row(int[] which) {
        Map<String, Double> metrics = texts.metrics(which);
        long right =
                IntStream.of(which).mapToLong(i -> length(texts.right().get(i))).sum();
        long written = IntStream.of(which)
                .mapToLong(i -> length(texts.written().get(i)))
                .sum();
        return List.of(
                length(texts.right().get(which[0])) + " to "
                        + length(texts.right().get(which[which.length - 1])),
                number("%.3f", metrics.getOrDefault(WrittenTexts.EXACT, Double.NaN)),
                number("%.1f", metrics.getOrDefault(WrittenTexts.CHRF, Double.NaN)),
                number("%.1f", metrics.getOrDefault(WrittenTexts.BLEU, Double.NaN)),
                right == 0 ? "–" : number("%.0f %%", 100.0 * written / right),
                Integer.toString(which.length));
    }

    private ResultTable first() {
        return table("First texts", IntStream.range(0, Math.min(MOST_TEXTS, texts.count())));
    }

    private ResultTable worst() {
        return table(
                "Worst errors: texts with the lowest chrF",
                IntStream.range(0, texts.count())
                        .filter(i -> !texts.isExact(i))
                        .boxed()
                        .sorted(Comparator.comparingDouble(texts::chrF))
                        .limit(MOST_TEXTS)
                        .mapToInt(Integer::intValue));
    }

    private ResultTable table(String title, IntStream which) {
        return new ResultTable(
                title,
                List.of("right", "written", "chrF", "source"),
                which.mapToObj(i -> List.of(
                                ClassTables.shortened(texts.right().get(i)),
                                ClassTables.shortened(texts.written().get(i)),
                                number("%.1f", texts.chrF(i)),
                                ClassTables.shortened(sources.get(i))))
                        .toList());
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    private static String number(String format, double number) {
        return String.format(Locale.ROOT, format, number);
    }
}
