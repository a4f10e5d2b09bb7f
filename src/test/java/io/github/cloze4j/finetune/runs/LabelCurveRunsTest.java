package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.finetune.runs.LabelCurve.Point;
import io.github.cloze4j.finetune.runs.LabelCurve.Size;
import io.github.cloze4j.pretrained.onnx.PublishedEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** "Does pretraining pay?" in docs/finetuning.md: writes its table and its plot beside the runs. */
class LabelCurveRunsTest {
    private static final List<Size> SIZES = List.of(new Size(100, 40), new Size(1_000, 10), new Size(10_000, 3));
    private static final int SEEDS = 3;
    /** Weights as small as the mini's bear a larger rate than MiniLM's. */
    private static final double SMALL_RATE = 5e-4;

    private static final double PUBLISHED_RATE = 1e-4;

    /** The model that a seed begins with. */
    private interface Start {
        Path model(int seed) throws IOException, InterruptedException;
    }

    private static Point point(String name, Start start, Size size, double rate)
            throws IOException, InterruptedException {
        List<Double> accuracies = new ArrayList<>();
        for (int seed = 0; seed < SEEDS; seed++) {
            accuracies.add(LabelCurve.accuracy(name, start.model(seed), size, rate, seed));
        }
        Point point = new Point(name, size.labels(), accuracies);
        System.out.printf(
                Locale.ROOT,
                "CURVE | %s | %,d | %.4f | %s |%n",
                name,
                point.labels(),
                point.mean(),
                accuracies.stream()
                        .map(x -> String.format(Locale.ROOT, "%.4f", x))
                        .collect(Collectors.joining(", ")));
        return point;
    }

    @Test
    @Tag("real-runs")
    void pretrainedWeightsNeedFewerLabels() throws IOException, InterruptedException {
        Map<String, Start> starts = new TreeMap<>();
        starts.put("random", RunDirectory::random);
        starts.put("mini", seed -> RunDirectory.mini());
        starts.put("MiniLM", seed -> RunDirectory.published(PublishedEncoder.ALL_MINILM_L6_V2));
        List<Point> points = new ArrayList<>();
        for (Size size : SIZES) {
            for (Map.Entry<String, Start> start : starts.entrySet()) {
                double rate = start.getKey().equals("MiniLM") ? PUBLISHED_RATE : SMALL_RATE;
                points.add(point(start.getKey(), start.getValue(), size, rate));
            }
            Map<String, Point> ofSize = points.stream()
                    .filter(point -> point.labels() == size.labels())
                    .collect(Collectors.toMap(Point::start, point -> point));
            assertTrue(ofSize.get("mini").lowest() > ofSize.get("random").highest(), ofSize.toString());
            assertTrue(ofSize.get("MiniLM").lowest() > ofSize.get("random").highest(), ofSize.toString());
        }
        AtomicFiles.write(
                RunDirectory.output("finetuning-labels.svg"),
                CurvePlot.svg(points).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void thePlotHasALineForEachStart(@TempDir Path directory) throws IOException {
        List<Point> points = List.of(
                new Point("a", 100, List.of(0.2, 0.3, 0.4)),
                new Point("a", 1_000, List.of(0.5, 0.5, 0.5)),
                new Point("b", 100, List.of(0.1)),
                new Point("b", 1_000, List.of(1.0)));
        String svg = CurvePlot.svg(points);
        Path file = directory.resolve("plot.svg");
        Files.writeString(file, svg);
        assertEquals(4, svg.split("<circle", -1).length - 1);
        // Accuracy 1 is at the top, 20 pixels down.
        assertTrue(svg.contains("cy=\"20.0\""), svg);
        assertTrue(svg.contains(">1,000</text>") && svg.contains(">b</text>"), svg);
    }
}
