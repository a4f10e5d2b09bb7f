package io.github.cloze4j.finetune.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/** Answers of the reference implementations, made by make_metrics_fixture.py. */
final class Reference {
    private static final double TOLERANCE = 1e-12;

    private Reference() {}

    static JsonNode cases(String name) {
        try (InputStream json = Reference.class.getResourceAsStream("/metrics/" + name + ".json")) {
            JsonNode cases = new ObjectMapper().readTree(json).get("cases");
            assertTrue(cases.size() > 2, name);
            return cases;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static int[] ints(JsonNode node) {
        int[] values = new int[node.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = node.get(i).intValue();
        }
        return values;
    }

    static double[] doubles(JsonNode node) {
        double[] values = new double[node.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = node.get(i).doubleValue();
        }
        return values;
    }

    static boolean[] booleans(JsonNode node) {
        boolean[] values = new boolean[node.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = node.get(i).intValue() == 1;
        }
        return values;
    }

    static boolean[][] booleanRows(JsonNode node) {
        boolean[][] rows = new boolean[node.size()][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = booleans(node.get(i));
        }
        return rows;
    }

    static List<String> strings(JsonNode node) {
        List<String> values = new ArrayList<>();
        node.forEach(value -> values.add(value.textValue()));
        return values;
    }

    static List<List<String>> sentences(JsonNode node) {
        List<List<String>> values = new ArrayList<>();
        node.forEach(sentence -> values.add(strings(sentence)));
        return values;
    }

    /** Compares with a number of the fixture; null stands for NaN. */
    static void assertNumber(JsonNode expected, double actual, String what) {
        if (expected.isNull()) {
            assertEquals(Double.NaN, actual, what);
        } else {
            double value = expected.doubleValue();
            assertEquals(value, actual, TOLERANCE * Math.max(1, Math.abs(value)), what);
        }
    }

    static void assertAverage(JsonNode expected, AverageScore actual, String what) {
        assertNumber(expected.get(0), actual.precision(), what + " precision");
        assertNumber(expected.get(1), actual.recall(), what + " recall");
        assertNumber(expected.get(2), actual.f1(), what + " f1");
    }

    static void assertAverages(JsonNode expected, ClassScores actual, String what) {
        assertAverage(expected.get("micro"), actual.micro(), what + " micro");
        assertAverage(expected.get("macro"), actual.macro(), what + " macro");
        assertAverage(expected.get("weighted"), actual.weighted(), what + " weighted");
    }

    /** Compares rows of precision, recall, F1 and, in a fourth column, the number of gold rows. */
    static void assertPerClass(JsonNode expected, List<ClassScore> actual, String what) {
        assertEquals(expected.size(), actual.size(), what);
        for (int i = 0; i < actual.size(); i++) {
            ClassScore score = actual.get(i);
            assertAverage(
                    expected.get(i), new AverageScore(score.precision(), score.recall(), score.f1()), what + " " + i);
            if (expected.get(i).size() > 3) {
                assertEquals(expected.get(i).get(3).longValue(), score.gold(), what + " " + i);
            }
        }
    }
}
