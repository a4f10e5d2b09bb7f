package io.github.cloze4j.finetune.readers;

import java.util.List;

/**
 * The sentences of a file of tagged words.
 *
 * @param sentences the sentences in the order of the file; tags of spans are IOB2
 * @param notation the notation of the tags in the file
 * @param changedTags the number of tags that the conversion to IOB2 changed
 */
public record TaggedData(List<TaggedWords> sentences, TagNotation notation, int changedTags) {
    /** Copies the list. */
    public TaggedData {
        sentences = List.copyOf(sentences);
    }
}
