package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.LabelCurve.Point;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws accuracy against the number of labels as SVG: a line a start through the means, a bar a point from the lowest to the highest seed. */
final class CurvePlot {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int LEFT = 60;
    private static final int RIGHT = 150;
    private static final int TOP = 20;
    private static final int BOTTOM = 50;
    private static final List<String> COLOURS = List.of("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad");

    private final double fewest;
    private final double most;

    private CurvePlot(List<Point> points) {
        fewest = points.stream().mapToInt(Point::labels).min().orElseThrow();
        most = points.stream().mapToInt(Point::labels).max().orElseThrow();
    }

    /** The picture; the horizontal axis is logarithmic, the vertical one goes from 0 to 1. */
    static String svg(List<Point> points) {
        return new CurvePlot(points).draw(points);
    }

    private String draw(List<Point> points) {
        StringBuilder svg = new StringBuilder(format(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
                WIDTH, HEIGHT));
        for (int tenths = 0; tenths <= 10; tenths += 2) {
            double y = y(tenths / 10.0);
            svg.append(line(LEFT, y, WIDTH - RIGHT, y, "#dddddd", 1));
            svg.append(text(LEFT - 8, y + 4, "end", format("%.1f", tenths / 10.0)));
        }
        points.stream().map(Point::labels).distinct().sorted().forEach(labels -> {
            svg.append(line(x(labels), y(0), x(labels), y(0) + 5, "#333333", 1));
            svg.append(text(x(labels), y(0) + 20, "middle", format("%,d", labels)));
        });
        svg.append(text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 10, "middle", "training labels"));
        svg.append(text(LEFT, TOP - 6, "middle", "accuracy"));
        Map<String, List<Point>> starts = new LinkedHashMap<>();
        points.forEach(point ->
                starts.computeIfAbsent(point.start(), name -> new ArrayList<>()).add(point));
        int number = 0;
        for (Map.Entry<String, List<Point>> start : starts.entrySet()) {
            svg.append(series(start.getKey(), start.getValue(), COLOURS.get(number++ % COLOURS.size())));
        }
        return svg.append("</svg>\n").toString();
    }

    private String series(String name, List<Point> points, String colour) {
        StringBuilder svg = new StringBuilder();
        for (int i = 0; i < points.size(); i++) {
            Point point = points.get(i);
            double x = x(point.labels());
            if (i > 0) {
                Point before = points.get(i - 1);
                svg.append(line(x(before.labels()), y(before.mean()), x, y(point.mean()), colour, 2));
            }
            svg.append(line(x, y(point.lowest()), x, y(point.highest()), colour, 4));
            svg.append(format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>%n", x, y(point.mean()), colour));
        }
        Point last = points.get(points.size() - 1);
        return svg + text(x(last.labels()) + 10, y(last.mean()) + 4, "start", name);
    }

    private double x(double labels) {
        double share = (Math.log(labels) - Math.log(fewest)) / (Math.log(most) - Math.log(fewest));
        return LEFT + 20 + share * (WIDTH - LEFT - RIGHT - 40);
    }

    private static double y(double accuracy) {
        return TOP + (1 - accuracy) * (HEIGHT - TOP - BOTTOM);
    }

    private static String line(double x1, double y1, double x2, double y2, String colour, int width) {
        return format(
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
                x1, y1, x2, y2, colour, width);
    }

    private static String text(double x, double y, String anchor, String words) {
        return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, words);
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format.replace("%n", "\n"), values);
    }
}
