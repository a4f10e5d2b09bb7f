package io.github.cloze4j.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The texts of a call: how they become tokens one by one, and how messages quote them. */
public final class InputTexts {
    /** The most UTF-16 units of a text that a message quotes. */
    private static final int QUOTED = 40;

    private InputTexts() {}

    /**
     * The tokens of each text.
     *
     * @param encode makes tokens of a text; throws an {@link IllegalArgumentException} for a text that it refuses
     * @throws TextRefusedException with the number of the first text that is refused
     */
    public static <T, E> List<E> encodeAll(List<T> texts, Function<T, E> encode) {
        List<E> encodings = new ArrayList<>(texts.size());
        for (T text : texts) {
            try {
                encodings.add(encode.apply(text));
            } catch (IllegalArgumentException refused) {
                throw new TextRefusedException(encodings.size(), refused);
            }
        }
        return encodings;
    }

    /** The beginning of a text in quotation marks, for messages: it tells which of many texts is meant. */
    public static String quote(String text) {
        if (text.length() <= QUOTED) {
            return "'" + text + "'";
        }
        // Not between the halves of a character.
        int end = Character.isHighSurrogate(text.charAt(QUOTED - 1)) ? QUOTED - 1 : QUOTED;
        return "'" + text.substring(0, end) + "…'";
    }
}
