package io.github.cloze4j.inference.tags;

import java.util.List;

/**
 * One tag of a sentence, such as {@code B-PER}.
 *
 * @param prefix one of {@code B}, {@code I}, {@code E}, {@code S} and {@code O}
 * @param type the part after the prefix and the hyphen; {@code _} if the tag is a prefix alone, as in seqeval
 */
record EntityTag(char prefix, String type) {
    private static final String NO_TYPE = "_";

    /** The tag of a word outside of entities, which also stands before and after a sentence. */
    static final EntityTag OUTSIDE = new EntityTag('O', NO_TYPE);

    /** Parses the tags of a sentence. {@code where} names the sentence in the message of a failure. */
    static List<EntityTag> parse(List<String> tags, String where) {
        return tags.stream().map(tag -> parse(tag, where)).toList();
    }

    private static EntityTag parse(String tag, String where) {
        if (tag.equals("O")) {
            return OUTSIDE;
        }
        boolean known = !tag.isEmpty() && "BIES".indexOf(tag.charAt(0)) >= 0;
        if (known && tag.length() == 1) {
            return new EntityTag(tag.charAt(0), NO_TYPE);
        }
        if (known && tag.charAt(1) == '-' && tag.length() > 2) {
            return new EntityTag(tag.charAt(0), tag.substring(2));
        }
        throw new IllegalArgumentException(
                "Expected the tag O, or B, I, E or S followed by a hyphen and a type, such as B-PER. Received: " + tag
                        + " in " + where + ". Convert the tags.");
    }

    boolean is(String prefixes) {
        return prefixes.indexOf(prefix) >= 0;
    }

    boolean sameType(EntityTag other) {
        return type.equals(other.type);
    }
}
