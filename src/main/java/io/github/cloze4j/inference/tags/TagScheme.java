package io.github.cloze4j.inference.tags;

import java.util.Collection;
import java.util.regex.Pattern;

/**
 * Schemes of tags for entities, as seqeval's {@code mode="strict"} reads them: a sequence that a scheme does not allow is no entity. A
 * tag outside of the scheme is an error.
 */
public enum TagScheme {
    /**
     * {@code I} marks the words of an entity; {@code B} marks the first word only if an entity of the same type stands right before it
     * (Ramshaw and Marcus, 1995).
     */
    IOB1("BIO") {
        @Override
        boolean starts(EntityTag previous, EntityTag tag) {
            boolean same = previous.sameType(tag);
            if (tag.is("I")) {
                return previous.is("OB") || (previous.is("I") && !same);
            }
            return tag.is("B") && previous.is("BI") && same;
        }

        @Override
        boolean continues(EntityTag previous, EntityTag tag) {
            return tag.is("I") && previous.is("BI") && previous.sameType(tag);
        }

        @Override
        boolean ends(EntityTag previous, EntityTag tag) {
            boolean same = previous.sameType(tag);
            if (previous.is("I")) {
                return tag.is("OB") || !same;
            }
            return previous.is("B") && (tag.is("O") || (tag.is("B") ? same : !same));
        }
    },

    /** {@code B} marks the first word of each entity and {@code I} the others. */
    IOB2("BIO") {
        @Override
        boolean starts(EntityTag previous, EntityTag tag) {
            return tag.is("B");
        }

        @Override
        boolean continues(EntityTag previous, EntityTag tag) {
            return tag.is("I") && previous.is("BI") && previous.sameType(tag);
        }

        @Override
        boolean ends(EntityTag previous, EntityTag tag) {
            return previous.is("BI") && (tag.is("OB") || !previous.sameType(tag));
        }
    },

    /**
     * {@code S} marks an entity of one word; {@code B} the first, {@code I} the middle and {@code E} the last words of longer ones. A
     * sequence without {@code E} is no entity. seqeval calls this scheme IOBES.
     */
    BIOES("BIOES") {
        @Override
        boolean starts(EntityTag previous, EntityTag tag) {
            return tag.is("BS");
        }

        @Override
        boolean continues(EntityTag previous, EntityTag tag) {
            return tag.is("IE") && previous.is("BI") && previous.sameType(tag);
        }

        @Override
        boolean ends(EntityTag previous, EntityTag tag) {
            return previous.is("ES");
        }
    };

    private final String prefixes;

    TagScheme(String prefixes) {
        this.prefixes = prefixes;
    }

    /**
     * Whether tags mark spans in this scheme: each is {@code O} or has a prefix of the scheme, alone or before a hyphen and a type, and
     * one at least has a type or is {@code B} or {@code I}. Parts of speech, for example, mark no spans.
     */
    public boolean marksSpans(Collection<String> tags) {
        Pattern tag = Pattern.compile("O|[" + prefixes.replace("O", "") + "](-.+)?");
        return tags.stream().allMatch(name -> tag.matcher(name).matches())
                && tags.stream().anyMatch(name -> name.length() > 1 || name.equals("B") || name.equals("I"));
    }

    /** Whether the scheme has the prefix of the tag. */
    boolean has(EntityTag tag) {
        return tag.is(prefixes);
    }

    /** Whether an entity starts at {@code tag}. */
    abstract boolean starts(EntityTag previous, EntityTag tag);

    /** Whether {@code tag} continues the entity of the tag before. */
    abstract boolean continues(EntityTag previous, EntityTag tag);

    /** Whether the entity of the tag before is complete if {@code tag} does not continue it. */
    abstract boolean ends(EntityTag previous, EntityTag tag);
}
