package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.corpus.records.SourceLine;
import java.util.List;

/**
 * A sentence of words, each with a tag.
 *
 * @param text the words with one blank between them, because formats of words do not keep the original text
 * @param words the place of each word in the text, from left to right
 * @param tags the tag of each word; tags of spans are IOB2
 * @param source the place of the first word
 */
public record TaggedWords(String text, List<Span> words, List<String> tags, SourceLine source) {
    /** Copies both lists; {@link IllegalArgumentException} if words and tags differ in number. */
    public TaggedWords {
        words = List.copyOf(words);
        tags = List.copyOf(tags);
        if (words.size() != tags.size()) {
            throw new IllegalArgumentException("Expected one tag for each word. Received: " + words.size()
                    + " words and " + tags.size() + " tags. Correct the tags");
        }
    }
}
