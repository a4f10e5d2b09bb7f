package io.github.cloze4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Lists of values in a file of settings: separated by {@code |}. A {@code |} inside of a value has a backslash before it, and
 * backslashes that stand before either of them, or at the end of a value, are doubled. All others are as they are, since
 * paths of Windows are full of them.
 */
public final class SettingsList {
    /**
     * Separates the values of a list for picocli. Neither an argument nor a path can hold this character, so that values of
     * the command line are never split.
     */
    public static final String PICOCLI_SEPARATOR = "\0";

    private static final Pattern BACKSLASHES_BEFORE_BAR_OR_END = Pattern.compile("(\\\\*)(\\||\\z)");

    private SettingsList() {}

    public static String join(List<?> values) {
        return values.stream()
                .map(value -> BACKSLASHES_BEFORE_BAR_OR_END
                        .matcher(String.valueOf(value))
                        .replaceAll(found -> Matcher.quoteReplacement(
                                found.group(1).repeat(2) + (found.group(2).isEmpty() ? "" : "\\|"))))
                .collect(Collectors.joining("|"));
    }

    public static List<String> split(String text) {
        List<String> values = new ArrayList<>();
        StringBuilder value = new StringBuilder();
        Matcher matcher = BACKSLASHES_BEFORE_BAR_OR_END.matcher(text);
        while (matcher.find()) {
            String backslashes = matcher.group(1);
            boolean escaped = backslashes.length() % 2 == 1;
            matcher.appendReplacement(value, "");
            value.append("\\".repeat(backslashes.length() / 2));
            if (matcher.group(2).isEmpty()) {
                // A single backslash at the very end, as a person writes it.
                value.append(escaped ? "\\" : "");
                break;
            }
            if (escaped) {
                value.append('|');
            } else {
                values.add(value.toString());
                value.setLength(0);
            }
        }
        values.add(value.toString());
        return values;
    }
}
