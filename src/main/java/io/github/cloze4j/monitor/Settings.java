package io.github.cloze4j.monitor;

import io.github.cloze4j.train.TrainingConfig;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The settings of a run by name, in the order of the record, so that a new setting appears in every log by itself. */
final class Settings {
    private Settings() {}

    /**
     * The settings as numbers and texts, their names in snake case: a time limit is a text as of ISO 8601 ({@code PT5M}), a
     * schedule a text in lower case. Settings that are null, and empty texts, are left out.
     *
     * @param task the settings of what is trained, which come last
     */
    static Map<String, Object> of(TrainingConfig config, Map<String, String> task) {
        Map<String, Object> settings = new LinkedHashMap<>();
        put(config, settings);
        task.forEach((name, text) -> {
            if (!text.isEmpty()) {
                settings.put(name, numberOrText(text));
            }
        });
        return settings;
    }

    /** Puts the components of a record; those of a record within it stand in its place. */
    private static void put(Record record, Map<String, Object> settings) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value;
            try {
                value = component.getAccessor().invoke(record);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("the accessor of a public record is public and does not fail", e);
            }
            if (value instanceof Record inner) {
                put(inner, settings);
            } else if (value != null) {
                settings.put(snakeCase(component.getName()), plain(value));
            }
        }
    }

    /** A task hands out texts only. A text that is just what Java prints for a number becomes that number. */
    private static Object numberOrText(String text) {
        try {
            Number number = text.contains(".") ? (Number) Double.valueOf(text) : (Number) Long.valueOf(text);
            return number.toString().equals(text) ? number : text;
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static Object plain(Object value) {
        if (value instanceof Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        return value instanceof Duration ? value.toString() : value;
    }

    private static String snakeCase(String camelCase) {
        return camelCase.replaceAll("(\\p{Lu})", "_$1").toLowerCase(Locale.ROOT);
    }
}
