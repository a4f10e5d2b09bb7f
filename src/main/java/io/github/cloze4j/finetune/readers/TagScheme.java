package io.github.cloze4j.finetune.readers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How tags of words mark spans, such as the names in a sentence.
 *
 * <p>A tag of a span is a letter for the place in the span and, after {@code -}, the span's type: {@code B-PER}. All spans are
 * converted to IOB2 by one rule, that of {@code conlleval} and of seqeval's default: a word begins a span if its letter is B,
 * S or U; if the word before it is outside, in a span of another type, or the last of a span (E, S, L, U); or if it is
 * the first of its sentence. The word gets B if it begins a span, and else I.
 */
public enum TagScheme {
    /** Tags that mark no spans, such as parts of speech. */
    PLAIN("plain tags"),

    /** I begins a span, B only begins one right after another of the same type: the scheme of CoNLL 2003 as published. */
    IOB1("IOB1"),

    /** B begins every span. A file in which some spans begin with I, and which is not IOB1, counts as IOB2 too. */
    IOB2("IOB2"),

    /** The last word of a span has E or L and a span of one word S or U; a word in the middle has I or M. */
    BIOES("BIOES");

    static final String OUTSIDE = "O";

    private static final Pattern SPAN_TAG = Pattern.compile("([BIEMSLU])(-.+)?");
    private static final String ENDS = "ESLU";
    private static final String STARTS = "BSU";
    private static final String ONLY_IN_BIOES = "ESLUM";

    private final String label;

    TagScheme(String label) {
        this.label = label;
    }

    /**
     * Recognises the scheme of the sentences of a file. Tags mark spans if every tag is {@code O} or that of a span, and at least
     * one has a type or the letter B or I.
     */
    static TagScheme of(Collection<List<String>> sentences) {
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
        boolean startsWithI = sentences.stream().flatMap(TagScheme::starts).anyMatch(tag -> tag.charAt(0) == 'I');
        return startsWithI && sentences.stream().allMatch(TagScheme::everyBFollowsItsType) ? IOB1 : IOB2;
    }

    /** The tags of a sentence in IOB2; the same tags if they mark no spans. */
    List<String> toIob2(List<String> tags) {
        if (this == PLAIN) {
            return tags;
        }
        List<String> converted = new ArrayList<>(tags.size());
        for (int i = 0; i < tags.size(); i++) {
            String tag = tags.get(i);
            converted.add(tag.equals(OUTSIDE) ? tag : (begins(tags, i) ? "B" : "I") + type(tag));
        }
        return converted;
    }

    private static Stream<String> starts(List<String> tags) {
        return Stream.iterate(0, i -> i < tags.size(), i -> i + 1)
                .filter(i -> !tags.get(i).equals(OUTSIDE) && begins(tags, i))
                .map(tags::get);
    }

    private static boolean everyBFollowsItsType(List<String> tags) {
        for (int i = 0; i < tags.size(); i++) {
            if (tags.get(i).charAt(0) == 'B'
                    && (i == 0 || tags.get(i - 1).equals(OUTSIDE) || !type(tags.get(i - 1)).equals(type(tags.get(i))))) {
                return false;
            }
        }
        return true;
    }

    private static boolean begins(List<String> tags, int i) {
        String tag = tags.get(i);
        String before = i == 0 ? OUTSIDE : tags.get(i - 1);
        return before.equals(OUTSIDE)
                || STARTS.indexOf(tag.charAt(0)) >= 0
                || ENDS.indexOf(before.charAt(0)) >= 0
                || !type(before).equals(type(tag));
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
