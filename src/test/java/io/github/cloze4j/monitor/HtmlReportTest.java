package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.TrainingConfig;
import java.io.StringReader;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class HtmlReportTest {
    private static final String HOSTILE = "<script>alert(\"1\")</script> & 'quoted' ]]> \u0007";

    /** The page is written so that, but for two void elements, it is XML as well: a strict parser checks the nesting. */
    private static Document parse(String html) throws Exception {
        String xml = html.replace("<!DOCTYPE html>", "").replaceAll("<meta ([^>]*)>", "<meta $1/>");
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    private static RunHistory history(long steps) {
        RunHistory history = new RunHistory();
        Runs.play(history, steps);
        return history;
    }

    @Test
    void everyElementIsClosedAndNothingIsLoadedOrRun() throws Exception {
        String html = HtmlReport.render(Runs.summary("Glosses small", history(1000)));
        Document document = parse(html);
        NodeList all = document.getElementsByTagName("*");
        assertTrue(all.getLength() > 100);
        for (int i = 0; i < all.getLength(); i++) {
            Element element = (Element) all.item(i);
            assertFalse(
                    List.of("script", "link", "img", "iframe").contains(element.getTagName()), element.getTagName());
            assertFalse(element.hasAttribute("src") || element.hasAttribute("href"), element.getTagName());
        }
        assertFalse(html.contains("url("));
        assertFalse(html.contains("@import"));
    }

    @Test
    void hostileTextStaysText() throws Exception {
        RunHistory history = new RunHistory();
        RunSummary run = new RunSummary(
                HOSTILE,
                TrainingConfig.builder().build(),
                Map.of(),
                Runs.result(10, null),
                history,
                Map.of(HOSTILE, HOSTILE),
                Map.of(),
                Map.of(),
                List.of(new FillMaskExample(
                        HOSTILE + FillMaskExample.MASK,
                        List.of(List.of(new FillMaskExample.Candidate(HOSTILE, 0.5))))));
        Document document = parse(HtmlReport.render(run));
        assertEquals(0, document.getElementsByTagName("script").getLength());
        String shown = HOSTILE.replace('\u0007', '\uFFFD');
        assertEquals(shown, document.getElementsByTagName("h1").item(0).getTextContent());
        NodeList names = document.getElementsByTagName("th");
        assertEquals(shown, names.item(names.getLength() - 1).getTextContent());
        assertEquals(
                shown + FillMaskExample.MASK,
                document.getElementsByTagName("p").item(1).getTextContent());
    }

    @Test
    void metricsAreFiguresAndColumnsAndALossWithoutAnswersHasNoAccuracy() throws Exception {
        RunHistory history = new RunHistory();
        history.onEvaluation(1, Runs.measured());
        String html = HtmlReport.render(Runs.summary("Regression", history));
        Document document = parse(html);
        List<String> figures = texts(document, "span");
        assertTrue(figures.containsAll(List.of("held-out mse loss", "held-out pearson", "held-out label_count")));
        NodeList tables = document.getElementsByTagName("table");
        Element table = (Element) tables.item(tables.getLength() - 1);
        assertEquals(List.of("step", "mse loss", "pearson", "label_count"), texts(table, "th"));
        assertEquals(List.of("1", "0.250", "0.8750", "-0.5000"), texts(table, "td"));
        assertFalse(html.contains("accuracy") || html.contains("perplexity"));
    }

    @Test
    void eachLossIsShownByItsNameAlsoAHostileOne() throws Exception {
        Map<String, Score> scores = Runs.withPairs(new Score(2, 0.25, 1000), new Score(0.5, 0.75, 8));
        scores.put(HOSTILE, new Score(0.25, 1, 3));
        RunHistory history = new RunHistory();
        history.onEvaluation(1, new Evaluation(Runs.withPairs(new Score(3, 0.2, 1000), new Score(0.75, 0.5, 8))));
        history.onEvaluation(2, new Evaluation(scores));
        Document document = parse(HtmlReport.render(Runs.summary("Losses", history)));
        String shown = HOSTILE.replace('\u0007', '\uFFFD');
        List<String> figures = texts(document, "span");
        for (String figure : List.of(
                "held-out mlm loss, nats",
                "held-out nsp accuracy",
                "held-out nsp perplexity",
                "held-out " + shown + " targets",
                "training loss (mlm + nsp + " + shown + "), nats")) {
            assertTrue(figures.contains(figure), figure + " in " + figures);
        }
        assertTrue(
                texts(document, "th").contains(shown + " accuracy"),
                texts(document, "th").toString());
        NodeList tables = document.getElementsByTagName("table");
        NodeList rows = ((Element) tables.item(tables.getLength() - 1)).getElementsByTagName("tr");
        assertEquals(
                List.of("1", "3.000", "20.0 %", "20.1", "0.750", "50.0 %", "2.1", "", "", ""),
                texts((Element) rows.item(1), "td"),
                "an evaluation without a loss has empty cells");
        assertEquals(
                List.of("2", "2.000", "25.0 %", "7.4", "0.500", "75.0 %", "1.6", "0.250", "100.0 %", "1.3"),
                texts((Element) rows.item(2), "td"));
    }

    @Test
    void settingsOfTrainingAndOfTheTaskAreRowsOfOneTable() throws Exception {
        List<String> cells = texts(parse(HtmlReport.render(Runs.summary("Settings", history(10)))), "tr");
        assertTrue(cells.contains("maskingwhole-word"), cells.toString());
        assertTrue(cells.contains("learning rate0.001"), cells.toString());
    }

    private static List<String> texts(Node parent, String tag) {
        NodeList elements = parent instanceof Document document
                ? document.getElementsByTagName(tag)
                : ((Element) parent).getElementsByTagName(tag);
        return IntStream.range(0, elements.getLength())
                .mapToObj(i -> elements.item(i).getTextContent())
                .toList();
    }

    @Test
    void curvesStayInsideTheirPlotAndCoverItsWidth() throws Exception {
        NodeList paths =
                parse(HtmlReport.render(Runs.summary("Curves", history(700)))).getElementsByTagName("path");
        int curves = 0;
        for (int i = 0; i < paths.getLength(); i++) {
            Element path = (Element) paths.item(i);
            if (!path.getAttribute("class").equals("train")) {
                continue;
            }
            curves++;
            double first = Double.NaN;
            double last = Double.NaN;
            for (String point : path.getAttribute("d").substring(1).split("L")) {
                String[] xy = point.split(" ");
                double x = Double.parseDouble(xy[0]);
                double y = Double.parseDouble(xy[1]);
                assertTrue(x >= 0 && x <= 1000 && y >= 0 && y <= 1000, point);
                first = Double.isNaN(first) ? x : first;
                last = x;
            }
            assertEquals(0, first);
            assertEquals(1000, last);
        }
        assertEquals(3, curves);
    }

    @Test
    void aRunWithoutStepsOrEvaluationsHasAReport() throws Exception {
        RunSummary run = new RunSummary(
                "Empty",
                TrainingConfig.builder().build(),
                Map.of(),
                Runs.result(0, null),
                new RunHistory(),
                Map.of(),
                Map.of(),
                Map.of(),
                List.of());
        Document document = parse(HtmlReport.render(run));
        assertEquals(0, document.getElementsByTagName("svg").getLength());
        assertEquals(0, document.getElementsByTagName("details").getLength());
    }

    @Test
    void lossesThatAreNotFiniteLeaveAGap() throws Exception {
        RunHistory history = new RunHistory();
        for (int step = 1; step <= 5; step++) {
            history.onStep(Runs.step(step, 5, step == 3 ? Double.NaN : step));
        }
        NodeList paths = parse(HtmlReport.render(Runs.summary("Gap", history))).getElementsByTagName("path");
        String raw = "";
        for (int i = 0; i < paths.getLength(); i++) {
            Element path = (Element) paths.item(i);
            raw = path.getAttribute("class").equals("raw") ? path.getAttribute("d") : raw;
        }
        assertEquals(2, raw.chars().filter(c -> c == 'M').count(), raw);
        assertFalse(raw.contains("NaN"), raw);
    }

    @Test
    void anExampleHasCandidatesForEachMask() {
        assertThrows(IllegalArgumentException.class, () -> new FillMaskExample("[MASK] [MASK]", List.of(List.of())));
        assertThrows(IllegalArgumentException.class, () -> new FillMaskExample.Candidate("token", 1.5));
    }
}
