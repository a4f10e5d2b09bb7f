package io.github.cloze4j.files;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with a text that should be JSON, in words of our own. */
final class JsonProblem {
    private static final Pattern DUPLICATE = Pattern.compile("Duplicate field '(.*)'", Pattern.DOTALL);
    private static final int EXCERPT = 20;

    private JsonProblem() {}

    /** Says what Jackson found without its names of classes and sources. */
    static IOException of(JsonProcessingException e, String text) {
        String found;
        Matcher duplicate = DUPLICATE.matcher(String.valueOf(e.getOriginalMessage()));
        JsonLocation location = e.getLocation();
        if (e instanceof JsonEOFException) {
            found = "an end inside a value";
        } else if (duplicate.matches()) {
            found = "the key " + StrictJson.quoted(duplicate.group(1)) + " twice";
        } else if (e instanceof StreamConstraintsException) {
            found = "too many values, values nested too deep, or a number or text that is too long";
        } else {
            int at = location == null ? 0 : (int) Math.max(0, Math.min(text.length(), location.getCharOffset() - 1));
            String excerpt = text.substring(at, Math.min(text.length(), at + EXCERPT));
            found = "a text that is not JSON"
                    + (excerpt.isBlank() ? "" : ", near " + StrictJson.quoted(excerpt.strip()));
        }
        return new IOException(found + place(location), e);
    }

    /** Where a problem is, for the end of a message. */
    static String place(@Nullable JsonLocation location) {
        return location == null
                ? ""
                : " at line " + location.getLineNr() + ", column " + Math.max(1, location.getColumnNr());
    }

    /** A kind of token in words. */
    static String describe(@Nullable JsonToken token) {
        if (token == null) {
            return "the end of the text";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case END_OBJECT -> "the end of an object";
            case START_ARRAY -> "a list";
            case END_ARRAY -> "the end of a list";
            case FIELD_NAME -> "a key";
            case VALUE_STRING -> "a string";
            case VALUE_NUMBER_INT -> "an integer";
            case VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "true or false";
            case VALUE_NULL -> "null";
            default -> "another value";
        };
    }
}
