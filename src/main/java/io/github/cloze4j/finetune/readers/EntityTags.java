package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tags {@code <e1>}, {@code </e1>}, {@code <e2>} and {@code </e2>} around two spans of a text. */
final class EntityTags {
    private static final Pattern TAG = Pattern.compile("<(/?)e([12])>");
    private static final int TAGS = 4;

    private EntityTags() {}

    /** The text without its tags; {@link io.github.cloze4j.CorpusException} if each tag is not there exactly once and in order. */
    static SpanPair remove(String tagged, SourceLine source) {
        StringBuilder text = new StringBuilder();
        int[] starts = {-1, -1};
        int[] ends = {-1, -1};
        int found = 0;
        Matcher tag = TAG.matcher(tagged);
        while (tag.find()) {
            tag.appendReplacement(text, "");
            int entity = tag.group(2).charAt(0) - '1';
            int[] places = tag.group(1).isEmpty() ? starts : ends;
            places[entity] = places[entity] < 0 ? text.length() : Integer.MAX_VALUE;
            found++;
        }
        tag.appendTail(text);
        boolean right = found == TAGS;
        for (int entity = 0; entity < 2; entity++) {
            right &= 0 <= starts[entity] && starts[entity] < ends[entity] && ends[entity] <= text.length();
        }
        if (!right) {
            throw source.problem(
                    "one span between <e1> and </e1>, and one between <e2> and </e2>",
                    found == TAGS ? "these tags in another order, or around nothing" : found + " of these tags",
                    "Put the tags around both spans");
        }
        return new SpanPair(text.toString(), new Span(starts[0], ends[0]), new Span(starts[1], ends[1]), source);
    }
}
