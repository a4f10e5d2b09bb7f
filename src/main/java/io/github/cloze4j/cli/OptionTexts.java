package io.github.cloze4j.cli;

import java.io.File;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;

/** Values of options as a file of settings has them, before they are parsed: a list is one text, a flag is true or false. */
public final class OptionTexts {
    private static final String OPTION = "--";

    private OptionTexts() {}

    /** What the command line says; null where it does not. */
    public static @Nullable String given(OptionSpec option, List<String> arguments) {
        String name = option.longestName();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.startsWith(name + "=")) {
                values.add(argument.substring(name.length() + 1));
            } else if (argument.equals(name)) {
                if (option.arity().max() == 0) {
                    values.add("true");
                } else if (i + 1 < arguments.size()) {
                    values.add(arguments.get(++i));
                }
            } else {
                continue;
            }
            while (option.isMultiValue()
                    && i + 1 < arguments.size()
                    && !arguments.get(i + 1).startsWith(OPTION)) {
                values.add(arguments.get(++i));
            }
        }
        if (values.isEmpty()) {
            return null;
        }
        return option.isMultiValue() ? OptionValues.text(values) : values.get(values.size() - 1);
    }

    /** The text with paths that hold in every working directory: those of a list are paths and globs. */
    public static String absolute(OptionSpec option, String text) {
        if (option.type() == Path.class) {
            return Path.of(text).toAbsolutePath().toString();
        }
        // Not a Path: some systems allow no wildcard in one.
        return option.paramLabel().startsWith("PATH")
                ? SettingsList.join(SettingsList.split(text).stream()
                        .map(path -> new File(path).getAbsolutePath())
                        .toList())
                : text;
    }

    /** Whether two texts give the option the same value. */
    public static boolean same(OptionSpec option, String a, String b) {
        if (option.type() == Path.class) {
            return normalized(a).equals(normalized(b));
        }
        if (option.type() == Charset.class) {
            try {
                return Charset.forName(a).equals(Charset.forName(b));
            } catch (IllegalArgumentException unknown) {
                return false;
            }
        }
        if (option.type() == double.class) {
            try {
                return Double.parseDouble(a) == Double.parseDouble(b);
            } catch (NumberFormatException malformed) {
                return false;
            }
        }
        return absolute(option, a).equals(absolute(option, b));
    }

    private static Path normalized(String path) {
        return Path.of(path).toAbsolutePath().normalize();
    }
}
