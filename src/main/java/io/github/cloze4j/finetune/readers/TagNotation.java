package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.inference.tags.EntityReader;
import io.github.cloze4j.inference.tags.EntitySpan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How the tags of a file mark spans, such as the names in a sentence.
 *
 * <p>A tag of a span is a letter for the place in the span and, after {@code -}, the span's type: {@code B-PER}. Spans are
 * read from the tags by one rule, that of {@link EntityReader#lenient}, and written in IOB2: {@code B} at the first word of a
 * span and {@code I} at all others.
 */
public enum TagNotation {
    /** Tags that mark no spans, such as parts of speech. */
    PLAIN("plain tags"),

    /** I begins a span, B only begins one right after another of the same type: the notation of CoNLL 2003 as published. */
    IOB1("IOB1"),

    /** B begins every span. A file in which some spans begin with I, and which is not IOB1, counts as IOB2 too. */
    IOB2("IOB2"),

    /** The last word of a span has E or L, the only word S or U, a word in the middle I or M. */
    BIOES("BIOES");

    private static final String OUTSIDE = "O";
    private static final Pattern SPAN_TAG = Pattern.compile("[BIEMSLU](-.+)?");
    private static final String ONLY_IN_BIOES = "ESLUM";

    private final String label;

    TagNotation(String label) {
        this.label = label;
    }

    /**
     * Recognises the notation of the sentences of a file. Tags mark spans if every tag is {@code O} or that of a span, and at least
     * one has a type or the letter B or I.
     */
    static TagNotation of(Collection<List<String>> sentences) {
        List<String> inSpans = sentences.stream()
                .flatMap(List::stream)
                .distinct()
                .filter(tag -> !tag.equals(OUTSIDE))
                .toList();
        boolean spans = inSpans.stream().allMatch(tag -> SPAN_TAG.matcher(tag).matches());
        if (!spans || inSpans.stream().allMatch(tag -> tag.length() == 1 && !tag.equals("B") && !tag.equals("I"))) {
            return PLAIN;
        }
        if (inSpans.stream().anyMatch(tag -> ONLY_IN_BIOES.indexOf(tag.charAt(0)) >= 0)) {
            return BIOES;
        }
        boolean startsWithI = sentences.stream().anyMatch(TagNotation::someSpanStartsWithI);
        return startsWithI && sentences.stream().allMatch(TagNotation::everyBFollowsItsType) ? IOB1 : IOB2;
    }

    /** The tags of a sentence in IOB2; the same tags if they mark no spans. */
    List<String> toIob2(List<String> tags) {
        if (this == PLAIN) {
            return tags;
        }
        List<String> converted = new ArrayList<>(Collections.nCopies(tags.size(), OUTSIDE));
        for (EntitySpan span : spans(tags)) {
            for (int i = span.start(); i < span.end(); i++) {
                converted.set(i, (i == span.start() ? "B" : "I") + type(tags.get(i)));
            }
        }
        return converted;
    }

    private static List<EntitySpan> spans(List<String> tags) {
        return EntityReader.lenient(
                tags.stream().map(TagNotation::withUsualLetter).toList());
    }

    private static String withUsualLetter(String tag) {
        return switch (tag.charAt(0)) {
            case 'M' -> "I" + type(tag);
            case 'L' -> "E" + type(tag);
            case 'U' -> "S" + type(tag);
            default -> tag;
        };
    }

    private static boolean someSpanStartsWithI(List<String> tags) {
        return spans(tags).stream().anyMatch(span -> tags.get(span.start()).charAt(0) == 'I');
    }

    private static boolean everyBFollowsItsType(List<String> tags) {
        return Stream.iterate(0, i -> i < tags.size(), i -> i + 1)
                .filter(i -> tags.get(i).charAt(0) == 'B')
                .allMatch(i -> i > 0
                        && !tags.get(i - 1).equals(OUTSIDE)
                        && type(tags.get(i - 1)).equals(type(tags.get(i))));
    }

    /** The type of a span with the mark before it, such as {@code -PER}; empty if the tag has no type. */
    private static String type(String tag) {
        return tag.substring(1);
    }

    @Override
    public String toString() {
        return label;
    }
}
