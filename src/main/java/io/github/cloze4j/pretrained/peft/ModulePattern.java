package io.github.cloze4j.pretrained.peft;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.files.JsonFile;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** The two ways in which PEFT names modules: a regular expression for the whole name, or a list of ends of names. */
final class ModulePattern {
    private ModulePattern() {}

    /**
     * Reads a field; null and a field that is absent match nothing.
     *
     * @param name {@code target_modules} or {@code exclude_modules}
     */
    static Predicate<String> read(JsonFile file, String name) {
        JsonNode value = file.fields().path(name);
        if (value.isMissingNode() || value.isNull()) {
            return module -> false;
        }
        if (value.isTextual()) {
            try {
                return Pattern.compile(value.textValue()).asMatchPredicate();
            } catch (PatternSyntaxException e) {
                throw file.refused("a regular expression as " + name, value.toString());
            }
        }
        List<String> ends = new ArrayList<>();
        for (JsonNode end : value) {
            if (!end.isTextual()) {
                throw file.refused("names of modules as " + name, value.toString());
            }
            ends.add(end.textValue());
        }
        if (!value.isArray()) {
            throw file.refused("a list of names or a regular expression as " + name, value.toString());
        }
        return module -> ends.stream().anyMatch(end -> module.equals(end) || module.endsWith("." + end));
    }
}
