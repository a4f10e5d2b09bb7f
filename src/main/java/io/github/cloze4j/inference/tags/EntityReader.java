package io.github.cloze4j.inference.tags;

import java.util.ArrayList;
import java.util.List;

/** Reads entities from the tags of a sentence, in one of seqeval's two modes. */
public final class EntityReader {
    private EntityReader() {}

    /**
     * Reads entities as seqeval does by default, which is what {@code conlleval} does: {@code I-X} without {@code B-X} opens an entity,
     * and so does a change of the type. The prefixes of all schemes are understood.
     *
     * @param tags one tag for each word
     * @return the entities in the order of the words
     * @throws IllegalArgumentException if a tag is neither {@code O} nor a prefix {@code B}, {@code I}, {@code E}, {@code S} with a type
     */
    public static List<EntitySpan> lenient(List<String> tags) {
        return lenient(tags, "the sentence");
    }

    /**
     * Reads entities as seqeval does with {@code mode="strict"}: a sequence that the scheme does not allow is no entity.
     *
     * @param tags one tag for each word
     * @param scheme the scheme of the tags
     * @return the entities in the order of the words
     * @throws IllegalArgumentException if a tag is not one of the scheme
     */
    public static List<EntitySpan> strict(List<String> tags, TagScheme scheme) {
        return strict(tags, scheme, "the sentence");
    }

    /**
     * Reads entities as {@link #lenient(List)} does.
     *
     * @param where the sentence's name in the message of a failure
     */
    public static List<EntitySpan> lenient(List<String> sentence, String where) {
        List<EntityTag> tags = EntityTag.parse(sentence, where);
        List<EntitySpan> entities = new ArrayList<>();
        EntityTag previous = EntityTag.OUTSIDE;
        int start = 0;
        for (int i = 0; i <= tags.size(); i++) {
            EntityTag tag = i < tags.size() ? tags.get(i) : EntityTag.OUTSIDE;
            if (endsLeniently(previous, tag)) {
                entities.add(new EntitySpan(previous.type(), start, i));
            }
            if (startsLeniently(previous, tag)) {
                start = i;
            }
            previous = tag;
        }
        return entities;
    }

    private static boolean endsLeniently(EntityTag previous, EntityTag tag) {
        return previous.is("ES")
                || (previous.is("BI") && tag.is("BSO"))
                || (!previous.is("O") && !previous.sameType(tag));
    }

    private static boolean startsLeniently(EntityTag previous, EntityTag tag) {
        return tag.is("BS") || (tag.is("EI") && previous.is("ESO")) || (!tag.is("O") && !previous.sameType(tag));
    }

    /**
     * Reads entities as {@link #strict(List, TagScheme)} does.
     *
     * @param where the sentence's name in the message of a failure
     */
    public static List<EntitySpan> strict(List<String> sentence, TagScheme scheme, String where) {
        List<EntityTag> tags = new ArrayList<>(EntityTag.parse(sentence, where));
        for (int i = 0; i < tags.size(); i++) {
            if (!scheme.has(tags.get(i))) {
                throw new IllegalArgumentException("Expected tags of the scheme " + scheme + ". Received: "
                        + sentence.get(i) + " in " + where + ". Name the scheme of the data, or score leniently.");
            }
        }
        tags.add(EntityTag.OUTSIDE);
        List<EntitySpan> entities = new ArrayList<>();
        EntityTag previous = EntityTag.OUTSIDE;
        int i = 0;
        while (i < tags.size()) {
            int end = i + 1;
            if (scheme.starts(previous, tags.get(i))) {
                // The outside tag at the end continues no entity, so the loop stops there.
                while (scheme.continues(tags.get(end - 1), tags.get(end))) {
                    end++;
                }
                if (scheme.ends(tags.get(end - 1), tags.get(end))) {
                    entities.add(new EntitySpan(tags.get(i).type(), i, end));
                }
            }
            i = end;
            previous = tags.get(end - 1);
        }
        return entities;
    }
}
