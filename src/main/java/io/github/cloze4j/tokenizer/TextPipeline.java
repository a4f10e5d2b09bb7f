package io.github.cloze4j.tokenizer;

import java.util.ArrayList;
import java.util.List;

/**
 * How text becomes words, in the components of the library {@code tokenizers}: the normalizer's stages in their order, then
 * the cuts of the pre-tokenizer, whose order does not matter.
 *
 * @param stages the stages of the normalizer
 * @param cuts the places where the pre-tokenizer ends a word, besides white space, which it always drops
 * @param maxWordLength the most code points of a word that is not unknown
 */
public record TextPipeline(List<Stage> stages, Cuts cuts, int maxWordLength) {
    /** Hugging Face's; Google's code has 200. */
    public static final int MAX_WORD_LENGTH = 100;

    /** A step of the normalizer. */
    public enum Stage {
        /** {@code BertNormalizer}'s {@code clean_text}: drops control characters, makes white space blanks. */
        CLEAN,
        /** {@code BertNormalizer}'s {@code handle_chinese_chars}: puts blanks around ideographs. */
        IDEOGRAPHS_APART,
        /** {@code NFD}: canonical decomposition. */
        DECOMPOSE,
        /** The second half of {@code BertNormalizer}'s {@code strip_accents}: drops nonspacing marks. */
        DROP_NONSPACING,
        /** {@code StripAccents}: drops all combining marks. */
        DROP_MARKS,
        /** {@code Lowercase}. */
        LOWER_CASE
    }

    /** The pre-tokenizer. */
    public enum Cuts {
        /** {@code WhitespaceSplit}: nowhere else. */
        NONE,
        /** {@code BertPreTokenizer}: around each character of punctuation. */
        PUNCTUATION,
        /** {@code Whitespace}: where letters, digits and underscores meet other characters. */
        WORDS,
        /** {@code Whitespace} and {@code Punctuation}. */
        WORDS_AND_PUNCTUATION;

        boolean punctuation() {
            return this == PUNCTUATION || this == WORDS_AND_PUNCTUATION;
        }

        boolean words() {
            return this == WORDS || this == WORDS_AND_PUNCTUATION;
        }
    }

    /** Leaves out what changes nothing: a decomposition of decomposed text. */
    public TextPipeline {
        List<Stage> needed = new ArrayList<>();
        for (Stage stage : stages) {
            if (stage != Stage.DECOMPOSE || needed.isEmpty() || needed.get(needed.size() - 1) != Stage.DECOMPOSE) {
                needed.add(stage);
            }
        }
        stages = List.copyOf(needed);
    }

    /** BERT's own pipeline. */
    public static TextPipeline of(TokenizerConfig config) {
        return new TextPipeline(stages(true, config), Cuts.PUNCTUATION, MAX_WORD_LENGTH);
    }

    /** The stages of a {@code BertNormalizer}. */
    public static List<Stage> stages(boolean cleanText, TokenizerConfig config) {
        List<Stage> stages = new ArrayList<>();
        if (cleanText) {
            stages.add(Stage.CLEAN);
        }
        if (config.tokenizeChineseChars()) {
            stages.add(Stage.IDEOGRAPHS_APART);
        }
        if (config.stripsAccents()) {
            stages.add(Stage.DECOMPOSE);
            stages.add(Stage.DROP_NONSPACING);
        }
        if (config.doLowerCase()) {
            stages.add(Stage.LOWER_CASE);
        }
        return stages;
    }

    /** This pipeline with lower-casing before all its stages. */
    TextPipeline lowerCasing() {
        List<Stage> all = new ArrayList<>(stages);
        all.add(0, Stage.LOWER_CASE);
        TextPipeline first = new TextPipeline(all, cuts, maxWordLength);
        // If no accents are dropped, BERT's own order gives the same words, and is faster.
        return isBert() && !config().stripsAccents() ? of(first.config()) : first;
    }

    /** The settings nearest to the stages; exact if the pipeline is BERT's own. */
    public TokenizerConfig config() {
        boolean lowerCase = stages.contains(Stage.LOWER_CASE);
        boolean stripped = stages.contains(Stage.DROP_NONSPACING) || stages.contains(Stage.DROP_MARKS);
        return new TokenizerConfig(
                lowerCase, stripped == lowerCase ? null : stripped, stages.contains(Stage.IDEOGRAPHS_APART));
    }

    /** Whether a {@link TokenizerConfig} says all about this pipeline. */
    public boolean isBert() {
        return equals(of(config()));
    }
}
