package io.github.cloze4j.monitor;

import io.github.cloze4j.train.BestModel;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.ResultTable;
import io.github.cloze4j.train.TrainingResult;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A run on one page: final figures, curves, examples, settings, data, machine. The page is whole in itself: it loads
 * nothing, runs no script, and shows on a telephone and in dark mode.
 */
public final class HtmlReport {
    private static final String STYLE_SHEET = "report.css";
    private static final double PERCENT = 100;
    /** Half the width of the window that smooths the training loss, as a share of the points. */
    private static final double HALF_WINDOW = 0.01;

    private HtmlReport() {}

    /** The page, as text to be written in UTF-8. */
    public static String render(RunSummary run) {
        return render(run, run.result().stopped() ? ", stopped before its budget was used" : "");
    }

    /** The page of a run that goes on: its result is that of the steps until now. */
    public static String renderRunning(RunSummary run) {
        return render(run, ", as of step " + run.result().steps() + "; the run goes on");
    }

    private static String render(RunSummary run, String remark) {
        StringBuilder html = new StringBuilder();
        String title = HtmlText.escape(run.name());
        html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
                .append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
                .append(title)
                .append("</title>\n<style>\n")
                .append(styleSheet())
                .append("</style>\n</head>\n<body>\n<header><h1>")
                .append(title)
                .append("</h1><p>Trained with Cloze4J")
                .append(remark)
                .append("</p></header>\n<main>\n");
        appendFigures(html, run.result(), run.history());
        appendCurves(html, run.history());
        appendExamples(html, run.examples());
        run.tables().forEach(table -> appendResults(html, table));
        html.append("<div class=\"tables\">\n");
        appendTable(html, "Training", readable(Settings.of(run.config(), run.task())));
        appendTable(html, "Model", run.model());
        appendTable(html, "Data", run.data());
        appendTable(html, "Machine and versions", run.environment());
        html.append("</div>\n");
        appendEvaluations(html, run.history());
        return html.append("</main>\n</body>\n</html>\n").toString();
    }

    private static String styleSheet() {
        try (InputStream stream =
                Objects.requireNonNull(HtmlReport.class.getResourceAsStream(STYLE_SHEET), STYLE_SHEET)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void appendFigures(StringBuilder html, TrainingResult result, RunHistory history) {
        html.append("<section class=\"figures\">");
        Evaluation evaluation = result.evaluation();
        if (evaluation != null) {
            evaluation.scores().forEach((name, score) -> {
                String unit = score.hasAccuracy() ? ", nats" : "";
                Figures.of(score)
                        .forEach((figure, text) -> appendFigure(
                                html,
                                text,
                                "held-out " + name + " " + figure + (figure.equals(Figures.LOSS) ? unit : "")));
                appendFigure(html, Figures.count(score.count()), "held-out " + name + " targets");
            });
            evaluation
                    .metrics()
                    .forEach((name, value) -> appendFigure(html, Figures.metric(value), "held-out " + name));
        }
        appendFigure(
                html,
                Figures.loss(result.trainLoss()),
                "training loss" + Figures.summands(history.losses()) + ", nats");
        appendFigure(html, Figures.count(result.steps()), "steps");
        BestModel best = result.best();
        if (best != null) {
            appendFigure(
                    html,
                    Figures.metric(best.value()),
                    "best " + best.metric() + ", at step " + Figures.count(best.step()));
        }
        appendFigure(html, Figures.count(result.tokens()), "tokens");
        appendFigure(html, Figures.duration(result.seconds()), "training time");
        appendFigure(html, Figures.rate(result.tokensPerSecond()), "tokens per second");
        html.append("</section>\n");
    }

    private static void appendFigure(StringBuilder html, String figure, String meaning) {
        html.append("<div><b>")
                .append(figure)
                .append("</b><span>")
                .append(HtmlText.escape(meaning))
                .append("</span></div>");
    }

    private static void appendCurves(StringBuilder html, RunHistory history) {
        List<RunHistory.Point> points = history.points();
        double[] steps = points.stream().mapToDouble(RunHistory.Point::step).toArray();
        double[] loss = points.stream().mapToDouble(RunHistory.Point::loss).toArray();
        List<RunHistory.HeldOut> heldOut = history.evaluations();
        LineChart losses = new LineChart("Loss" + Figures.summands(history.losses()) + ", nats")
                .add(new LineChart.Series("", "raw", steps, loss, false))
                .add(new LineChart.Series("training, smoothed", "train", steps, smoothed(loss), false));
        if (!heldOut.isEmpty()) {
            losses.add(new LineChart.Series(
                    "held-out",
                    "held-out",
                    heldOut.stream().mapToDouble(RunHistory.HeldOut::step).toArray(),
                    heldOut.stream().mapToDouble(at -> at.evaluation().loss()).toArray(),
                    true));
        }
        html.append("<section>").append(losses.toHtml()).append("<div class=\"pair\">");
        double[] rates =
                points.stream().mapToDouble(RunHistory.Point::learningRate).toArray();
        double[] norms =
                points.stream().mapToDouble(RunHistory.Point::gradientNorm).toArray();
        html.append(new LineChart("Learning rate")
                .add(new LineChart.Series("", "train", steps, rates, false))
                .toHtml());
        html.append(new LineChart("Gradient norm, before clipping")
                .add(new LineChart.Series("", "train", steps, norms, false))
                .toHtml());
        html.append("</div></section>\n");
    }

    /** Centred means, which do not lag behind as a running average does, of what is finite in the window. */
    private static double[] smoothed(double[] values) {
        int half = (int) Math.ceil(values.length * HALF_WINDOW);
        double[] means = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            int from = Math.max(0, i - half);
            int to = Math.min(values.length, i + half + 1);
            means[i] = Arrays.stream(values, from, to)
                    .filter(Double::isFinite)
                    .average()
                    .orElse(Double.NaN);
        }
        return means;
    }

    private static void appendExamples(StringBuilder html, List<FillMaskExample> examples) {
        if (examples.isEmpty()) {
            return;
        }
        html.append("<section><h2>What the model fills in</h2><div class=\"examples\">\n");
        for (FillMaskExample example : examples) {
            String text = HtmlText.escape(example.text())
                    .replace(FillMaskExample.MASK, "<mark>" + FillMaskExample.MASK + "</mark>");
            html.append("<article><p>").append(text).append("</p>");
            for (List<FillMaskExample.Candidate> candidates : example.candidates()) {
                html.append("<ol>");
                for (FillMaskExample.Candidate candidate : candidates) {
                    String share = Figures.share(candidate.probability());
                    html.append("<li style=\"--p:")
                            .append((int) Math.round(candidate.probability() * PERCENT))
                            .append("%\"><span>")
                            .append(HtmlText.escape(candidate.token()))
                            .append("</span><span>")
                            .append(share)
                            .append("</span></li>");
                }
                html.append("</ol>");
            }
            html.append("</article>\n");
        }
        html.append("</div></section>\n");
    }

    private static void appendResults(StringBuilder html, ResultTable table) {
        html.append("<section><h2>")
                .append(HtmlText.escape(table.title()))
                .append("</h2><div class=\"wide\"><table class=\"results\">");
        appendRow(html, "th", table.columns());
        table.rows().forEach(row -> appendRow(html, "td", row));
        html.append("</table></div></section>\n");
    }

    private static void appendRow(StringBuilder html, String element, List<String> cells) {
        html.append("<tr>");
        cells.forEach(cell -> html.append('<')
                .append(element)
                .append('>')
                .append(HtmlText.escape(cell))
                .append("</")
                .append(element)
                .append('>'));
        html.append("</tr>");
    }

    private static void appendTable(StringBuilder html, String title, Map<String, String> rows) {
        if (rows.isEmpty()) {
            return;
        }
        html.append("<section><h2>").append(title).append("</h2><table>");
        rows.forEach((name, value) -> html.append("<tr><th>")
                .append(HtmlText.escape(name))
                .append("</th><td>")
                .append(HtmlText.escape(value))
                .append("</td></tr>"));
        html.append("</table></section>\n");
    }

    private static Map<String, String> readable(Map<String, Object> settings) {
        Map<String, String> rows = new LinkedHashMap<>();
        settings.forEach((name, value) -> rows.put(name.replace('_', ' '), value.toString()));
        return rows;
    }

    private static void appendEvaluations(StringBuilder html, RunHistory history) {
        List<RunHistory.HeldOut> evaluations = history.evaluations();
        if (evaluations.isEmpty()) {
            return;
        }
        html.append("<details><summary>All evaluations (")
                .append(evaluations.size())
                .append(")</summary><table class=\"numbers\"><tr><th>step</th>");
        List<String> names = Figures.names(evaluations);
        names.forEach(name -> html.append("<th>").append(HtmlText.escape(name)).append("</th>"));
        html.append("</tr>");
        for (RunHistory.HeldOut at : evaluations) {
            Map<String, String> figures = Figures.of(at.evaluation());
            html.append("<tr><td>").append(Figures.count(at.step())).append("</td>");
            names.forEach(name ->
                    html.append("<td>").append(figures.getOrDefault(name, "")).append("</td>"));
            html.append("</tr>");
        }
        html.append("</table></details>\n");
    }
}
