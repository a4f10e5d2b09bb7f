package io.github.cloze4j.tokenizer;

import org.jspecify.annotations.Nullable;

/**
 * How text becomes words, named as in Hugging Face's {@code tokenizer_config.json}.
 *
 * @param doLowerCase whether words are lower-cased
 * @param stripAccents whether nonspacing marks are dropped after canonical decomposition; null: as {@code doLowerCase}
 * @param tokenizeChineseChars whether every CJK ideograph is a word of its own
 */
public record TokenizerConfig(boolean doLowerCase, @Nullable Boolean stripAccents, boolean tokenizeChineseChars) {
    /** As {@code bert-base-uncased}. */
    public static TokenizerConfig uncased() {
        return new TokenizerConfig(true, null, true);
    }

    /** As {@code bert-base-cased}. */
    public static TokenizerConfig cased() {
        return new TokenizerConfig(false, null, true);
    }

    /** Whether accents are dropped, after the default. */
    public boolean stripsAccents() {
        return stripAccents == null ? doLowerCase : stripAccents;
    }
}
