package io.github.cloze4j.monitor;

import io.github.cloze4j.train.BestModel;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.TrainingResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@code README.md} of a model directory: Markdown with the front matter of Hugging Face's model cards. The language
 * is left out of the front matter, because nothing here knows it.
 */
public final class ModelCard {
    private static final int CURVE_ROWS = 10;

    private ModelCard() {}

    /** The card, as text to be written in UTF-8. */
    public static String render(RunSummary run) {
        StringBuilder card = new StringBuilder(frontMatter(run.use()))
                .append("\n# ")
                .append(escape(run.name()))
                .append("\n\nA BERT, trained with Cloze4J.\n\n");
        appendSection(card, "Model", run.model());
        appendSection(card, "Training data", run.data());
        appendSection(card, "Evaluation", evaluation(run.result(), run.history()));
        appendCurve(card, run.history());
        appendExamples(card, run.examples());
        Map<String, String> settings = new LinkedHashMap<>();
        Settings.of(run.config(), run.task())
                .forEach((name, value) -> settings.put(name.replace('_', ' '), value.toString()));
        appendSection(card, "Training settings", settings);
        appendSection(card, "Machine and versions", run.environment());
        return card.append(use(run.use())).toString();
    }

    private static String frontMatter(ModelUse use) {
        String pipeline = use.pipelineTag().isEmpty() ? "" : "pipeline_tag: " + use.pipelineTag() + "\n";
        return "---\nlibrary_name: transformers\n" + pipeline + "tags:\n- bert\n- cloze4j\n---\n";
    }

    private static String use(ModelUse use) {
        return "## Use\n\nIn Java, with Cloze4J (`io.github.cloze4j:cloze4j`):\n\n```java\n" + use.java()
                + "```\n\nIn Python, with transformers:\n\n```python\n" + use.python() + "```\n";
    }

    private static Map<String, String> evaluation(TrainingResult result, RunHistory history) {
        Map<String, String> rows = new LinkedHashMap<>();
        Evaluation evaluation = result.evaluation();
        if (evaluation != null) {
            evaluation.scores().forEach((name, score) -> {
                String unit = score.hasAccuracy() ? " (nats per target)" : "";
                Figures.of(score)
                        .forEach((figure, text) -> rows.put(
                                "held-out " + name + " " + figure + (figure.equals(Figures.LOSS) ? unit : ""), text));
                rows.put("held-out " + name + " targets", Figures.count(score.count()));
            });
            evaluation.metrics().forEach((name, value) -> rows.put("held-out " + name, Figures.metric(value)));
        }
        rows.put(
                "training loss" + Figures.summands(history.losses()) + ", last steps (nats)",
                Figures.loss(result.trainLoss()));
        rows.put("steps", Figures.count(result.steps()) + (result.stopped() ? ", stopped before the end" : ""));
        BestModel best = result.best();
        if (best != null) {
            rows.put("best " + best.metric(), Figures.metric(best.value()) + " at step " + Figures.count(best.step()));
        }
        rows.put("tokens seen", Figures.count(result.tokens()));
        rows.put("training time", Figures.duration(result.seconds()));
        rows.put("tokens per second", Figures.rate(result.tokensPerSecond()));
        return rows;
    }

    private static void appendSection(StringBuilder card, String title, Map<String, String> rows) {
        if (rows.isEmpty()) {
            return;
        }
        card.append("## ").append(title).append("\n\n| | |\n|---|---|\n");
        rows.forEach((name, value) -> card.append("| ")
                .append(escape(name))
                .append(" | ")
                .append(escape(value))
                .append(" |\n"));
        card.append('\n');
    }

    private static void appendCurve(StringBuilder card, RunHistory history) {
        List<RunHistory.HeldOut> evaluations = history.evaluations();
        List<RunHistory.Point> points = history.points();
        if (evaluations.size() > 1) {
            appendEvaluations(card, evaluations);
        } else if (!points.isEmpty()) {
            card.append("## Curve\n\n| step | training loss |\n|---:|---:|\n");
            for (int i : spread(points.size())) {
                RunHistory.Point point = points.get(i);
                card.append("| ").append(Figures.count(point.step())).append(" | ");
                card.append(Figures.loss(point.loss())).append(" |\n");
            }
            card.append('\n');
        }
    }

    private static void appendEvaluations(StringBuilder card, List<RunHistory.HeldOut> evaluations) {
        List<String> names = Figures.names(evaluations);
        card.append("## Curve on held-out data\n\n| step |");
        names.forEach(name -> card.append(' ').append(escape(name)).append(" |"));
        card.append("\n|---:|").append("---:|".repeat(names.size())).append('\n');
        for (int i : spread(evaluations.size())) {
            Map<String, String> figures = Figures.of(evaluations.get(i).evaluation());
            card.append("| ").append(Figures.count(evaluations.get(i).step())).append(" |");
            names.forEach(name ->
                    card.append(' ').append(figures.getOrDefault(name, "")).append(" |"));
            card.append('\n');
        }
        card.append('\n');
    }

    /** At most {@value #CURVE_ROWS} indices, evenly over the range, with the first and the last. */
    private static int[] spread(int size) {
        int rows = Math.min(size, CURVE_ROWS);
        int[] indices = new int[rows];
        for (int i = 0; i < rows; i++) {
            indices[i] = rows == 1 ? 0 : (int) Math.round((double) i * (size - 1) / (rows - 1));
        }
        return indices;
    }

    private static void appendExamples(StringBuilder card, List<FillMaskExample> examples) {
        if (examples.isEmpty()) {
            return;
        }
        card.append("## Examples\n\n| text | most probable tokens |\n|---|---|\n");
        for (FillMaskExample example : examples) {
            card.append("| ").append(escape(example.text())).append(" | ");
            String separator = "";
            for (List<FillMaskExample.Candidate> candidates : example.candidates()) {
                card.append(separator);
                separator = "<br>";
                card.append(String.join(
                        ", ",
                        candidates.stream()
                                .map(candidate ->
                                        escape(candidate.token()) + " (" + Figures.share(candidate.probability()) + ")")
                                .toList()));
            }
            card.append(" |\n");
        }
        card.append('\n');
    }

    /** Text that Markdown shows as it is, on one line, also in a table. */
    private static String escape(String text) {
        StringBuilder escaped = new StringBuilder();
        for (char c : text.strip().replaceAll("\\s+", " ").toCharArray()) {
            if ("\\`*_{}[]<>#|~&".indexOf(c) >= 0) {
                escaped.append('\\');
            }
            escaped.append(c);
        }
        return escaped.toString();
    }
}
