package io.github.cloze4j.monitor;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/**
 * Curves over the steps of a run, as HTML around an inline SVG. The SVG holds lines only and stretches with the page;
 * labels are HTML beside it, so that they keep their size on a telephone.
 */
final class LineChart {
    /** The SVG's own units, for both sides. */
    private static final double SIDE = 1000;

    private static final int X_INTERVALS = 8;
    private static final int Y_INTERVALS = 6;
    private static final double PERCENT = 100;

    private final String title;
    private final List<Series> series = new ArrayList<>();

    /** @param title what the values are, with their unit */
    LineChart(String title) {
        this.title = title;
    }

    /**
     * One curve.
     *
     * @param label for the legend; empty: not in it
     * @param style its CSS class: the colour
     * @param steps ascending
     * @param values of the same length; a gap where one is not finite
     * @param dots also a dot at each value
     */
    record Series(String label, String style, double[] steps, double[] values, boolean dots) {}

    LineChart add(Series curve) {
        series.add(curve);
        return this;
    }

    /** The figure; an empty text where there is nothing to draw. */
    String toHtml() {
        double firstStep = Double.POSITIVE_INFINITY;
        double lastStep = Double.NEGATIVE_INFINITY;
        double least = Double.POSITIVE_INFINITY;
        double greatest = Double.NEGATIVE_INFINITY;
        for (Series curve : series) {
            for (int i = 0; i < curve.steps.length; i++) {
                if (Double.isFinite(curve.values[i])) {
                    firstStep = Math.min(firstStep, curve.steps[i]);
                    lastStep = Math.max(lastStep, curve.steps[i]);
                    least = Math.min(least, curve.values[i]);
                    greatest = Math.max(greatest, curve.values[i]);
                }
            }
        }
        if (firstStep > lastStep) {
            return "";
        }
        // The curve fills the width, and round steps are labelled where they fall; the height goes to round values.
        AxisTicks steps = AxisTicks.covering(firstStep, lastStep, X_INTERVALS);
        AxisTicks values = AxisTicks.covering(least, greatest, Y_INTERVALS);
        double left = firstStep;
        double width = Math.max(1, lastStep - firstStep);
        DoubleUnaryOperator across = step -> (step - left) / width;
        DoubleUnaryOperator up = value -> (value - values.low()) / (values.high() - values.low());

        StringBuilder html = new StringBuilder("<figure class=\"chart\">");
        appendCaption(html);
        html.append("<div class=\"plot\">");
        appendLabels(html, steps, across, values, up);
        html.append("<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"")
                .append(HtmlText.escape(title))
                .append(", by step\"><path class=\"grid\" d=\"");
        for (int i = 0; i < values.count(); i++) {
            html.append("M0 ")
                    .append(units(1 - up.applyAsDouble(values.value(i))))
                    .append("h1000");
        }
        html.append("\"/>");
        for (Series curve : series) {
            appendCurve(html, curve, across, up);
        }
        return html.append("</svg></div></figure>\n").toString();
    }

    private void appendCaption(StringBuilder html) {
        html.append("<figcaption><b>").append(HtmlText.escape(title)).append("</b>");
        for (Series curve : series) {
            if (!curve.label.isEmpty()) {
                html.append("<span class=\"key ").append(curve.style).append("\">");
                html.append(HtmlText.escape(curve.label)).append("</span>");
            }
        }
        html.append("</figcaption>\n");
    }

    private static void appendLabels(
            StringBuilder html, AxisTicks steps, DoubleUnaryOperator across, AxisTicks values, DoubleUnaryOperator up) {
        for (int i = 0; i < values.count(); i++) {
            html.append("<span class=\"y\" style=\"bottom:").append(percent(up.applyAsDouble(values.value(i))));
            html.append("\">").append(values.label(i)).append("</span>");
        }
        html.append("<span class=\"x axis\">step</span>");
        for (int i = 0; i < steps.count(); i++) {
            double at = across.applyAsDouble(steps.value(i));
            if (at >= 0 && at <= 1) {
                // Every second one gives way where the page is narrow.
                html.append(i % 2 == 0 ? "<span class=\"x\"" : "<span class=\"x between\"");
                html.append(" style=\"left:").append(percent(at)).append("\">");
                html.append(steps.label(i)).append("</span>");
            }
        }
    }

    private static void appendCurve(
            StringBuilder html, Series curve, DoubleUnaryOperator across, DoubleUnaryOperator up) {
        StringBuilder line = new StringBuilder();
        StringBuilder dots = new StringBuilder();
        boolean drawing = false;
        for (int i = 0; i < curve.steps.length; i++) {
            boolean finite = Double.isFinite(curve.values[i]);
            if (finite) {
                String point = units(across.applyAsDouble(curve.steps[i])) + " "
                        + units(1 - up.applyAsDouble(curve.values[i]));
                line.append(drawing ? 'L' : 'M').append(point);
                // A line of no length with round ends stays round when the SVG is stretched; a circle would not.
                dots.append('M').append(point).append("h0");
            }
            drawing = finite;
        }
        html.append("<path class=\"")
                .append(curve.style)
                .append("\" d=\"")
                .append(line)
                .append("\"/>");
        if (curve.dots) {
            html.append("<path class=\"dots ")
                    .append(curve.style)
                    .append("\" d=\"")
                    .append(dots)
                    .append("\"/>");
        }
    }

    private static String units(double share) {
        return String.format(Locale.ROOT, "%.1f", share * SIDE);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f%%", share * PERCENT);
    }
}
