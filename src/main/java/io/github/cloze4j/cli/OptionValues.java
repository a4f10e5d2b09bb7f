package io.github.cloze4j.cli;

import io.github.cloze4j.data.Objective;
import io.github.cloze4j.data.masking.Masking;
import io.github.cloze4j.inference.SentenceEmbedder.Pooling;
import io.github.cloze4j.model.Initialization;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.optim.OptimizerKind;
import io.github.cloze4j.optim.ScheduleKind;
import io.github.cloze4j.pretrain.ObjectiveSchedule;
import io.github.cloze4j.pretrain.Preset;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Option values from text. */
public final class OptionValues {
    private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)(s|m|h)");
    private static final Map<String, Integer> UNIT_SECONDS = Map.of("s", 1, "m", 60, "h", 3600);
    private static final double MILLIS = 1000;

    private OptionValues() {}

    /** Teaches a command line our types, and to refuse numbers as it refuses all else. */
    static void registerConverters(CommandLine line) {
        line.registerConverter(Path.class, OptionValues::path);
        line.registerConverter(Charset.class, OptionValues::charset);
        line.registerConverter(Duration.class, OptionValues::duration);
        line.registerConverter(SaveInterval.class, SaveInterval::parse);
        line.registerConverter(Initialization.class, text -> constant(Initialization.class, text));
        line.registerConverter(OptimizerKind.class, text -> constant(OptimizerKind.class, text));
        line.registerConverter(ScheduleKind.class, text -> constant(ScheduleKind.class, text));
        line.registerConverter(Masking.class, text -> constant(Masking.class, text));
        line.registerConverter(Objective.class, text -> constant(Objective.class, text));
        line.registerConverter(ObjectiveSchedule.class, OptionValues::objectives);
        line.registerConverter(ZeroShot.Method.class, text -> constant(ZeroShot.Method.class, text));
        line.registerConverter(Pooling.class, text -> constant(Pooling.class, text));
        line.registerConverter(TaskKind.class, text -> constant(TaskKind.class, text));
        line.registerConverter(Preset.class, text -> constant(Preset.class, text));
        line.registerConverter(CorpusOptions.Format.class, text -> constant(CorpusOptions.Format.class, text));
        line.registerConverter(
                TextReadingOptions.Format.class, text -> constant(TextReadingOptions.Format.class, text));
        line.registerConverter(int.class, text -> number(text, "a whole number", Integer::valueOf));
        line.registerConverter(Integer.class, text -> number(text, "a whole number", Integer::valueOf));
        line.registerConverter(long.class, text -> number(text, "a whole number", Long::valueOf));
        line.registerConverter(Long.class, text -> number(text, "a whole number", Long::valueOf));
        line.registerConverter(double.class, text -> number(text, "a number", Double::valueOf));
        line.registerConverter(Double.class, text -> number(text, "a number", Double::valueOf));
    }

    private static <N extends Number> N number(String text, String kind, Function<String, N> parse) {
        try {
            return parse.apply(text);
        } catch (NumberFormatException noNumber) {
            throw new TypeConversionException("expected " + kind + ". Received: '" + text + "'");
        }
    }

    private static ObjectiveSchedule objectives(String text) {
        try {
            return ObjectiveSchedule.parse(text);
        } catch (IllegalArgumentException refused) {
            String message = String.valueOf(refused.getMessage());
            throw new TypeConversionException(Character.toLowerCase(message.charAt(0)) + message.substring(1));
        }
    }

    /** An empty path would be the working directory, which nobody means who gives a variable that is not set. */
    private static Path path(String text) {
        if (text.isEmpty()) {
            throw new TypeConversionException("expected a path. Received: an empty one");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException none) {
            throw new TypeConversionException("expected a path. Received: '" + text + "', " + none.getReason());
        }
    }

    /** The file that a value names; null if there is none, and the value means something else. */
    static @Nullable Path existingFile(String text) {
        try {
            Path file = Path.of(text);
            return Files.exists(file) && !text.isEmpty() ? file : null;
        } catch (InvalidPathException none) {
            return null;
        }
    }

    private static Charset charset(String text) {
        try {
            return Charset.forName(text);
        } catch (IllegalArgumentException unknown) {
            throw new TypeConversionException("expected an encoding that Java knows, such as windows-1252, GB18030 or"
                    + " UTF-16. Received: '" + text + "'");
        }
    }

    /** {@code 90s}, {@code 5m}, {@code 1.5h}. */
    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        Duration duration = matcher.matches()
                ? Duration.ofMillis(Math.round(
                        Double.parseDouble(matcher.group(1)) * UNIT_SECONDS.getOrDefault(matcher.group(2), 0) * MILLIS))
                : Duration.ZERO;
        if (duration.isZero()) {
            throw new TypeConversionException(
                    "expected a time above 0 such as 90s, 5m or 1.5h. Received: '" + text + "'");
        }
        return duration;
    }

    /** A constant by its name in lower case with hyphens. */
    static <E extends Enum<E>> E constant(Class<E> type, String text) {
        for (E constant : type.getEnumConstants()) {
            if (name(constant).equals(text)) {
                return constant;
            }
        }
        throw new TypeConversionException("expected one of "
                + Arrays.stream(type.getEnumConstants()).map(OptionValues::name).collect(Collectors.joining(", "))
                + ". Received: '" + text + "'");
    }

    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A value as the command line takes it; a list is that of a file of settings. */
    public static String text(Object value) {
        if (value instanceof Enum<?> constant) {
            return name(constant);
        }
        if (value instanceof SaveInterval interval) {
            return interval.text();
        }
        if (value instanceof Duration duration) {
            return duration.toMillis() / MILLIS + "s";
        }
        if (value instanceof Double number) {
            return number.toString().replace(".0E", "e").replace("E", "e");
        }
        return value instanceof List<?> list ? SettingsList.join(list) : value.toString();
    }
}
