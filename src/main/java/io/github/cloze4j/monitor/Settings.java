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
     * Names in snake case with numbers, and texts for the rest: a time limit as ISO 8601 ({@code PT5M}), a schedule in
     * lower case. Settings that are null are left out.
     */
    static Map<String, Object> of(TrainingConfig config) {
        Map<String, Object> settings = new LinkedHashMap<>();
        for (RecordComponent component : TrainingConfig.class.getRecordComponents()) {
            Object value;
            try {
                value = component.getAccessor().invoke(config);
            } catch (ReflectiveOperationException e) {
                throw new LinkageError("a record's accessor is public and does not fail", e);
            }
            if (value != null) {
                settings.put(snakeCase(component.getName()), plain(value));
            }
        }
        return settings;
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
