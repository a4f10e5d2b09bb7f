package io.github.cloze4j.data.masking;

import io.github.cloze4j.tokenizer.Vocabulary;

/** The built-in methods of masking. Each but {@link #TOKEN} follows the code of a paper. */
public enum Masking implements MaskingMethod {
    /** Single tokens, the exact share on average: {@link TokenMasking}. */
    TOKEN,
    /** All tokens of a word or none, as Google's whole-word models: {@link WholeWordMasking}. */
    WHOLE_WORD,
    /** As {@link #WHOLE_WORD}, with {@link ChineseWords}. */
    CHINESE_WHOLE_WORD,
    /** Up to three words in a row, as ALBERT: {@link NGramMasking}. */
    N_GRAM,
    /** Spans of up to ten words, replaced alike, as SpanBERT: {@link SpanMasking}. */
    SPAN,
    /** Single tokens, as Google's BERT counts them: {@link GoogleMasking}. */
    GOOGLE,
    /** A draw for every token, as Hugging Face's collator: {@link HuggingFaceMasking}. */
    HF;

    /**
     * {@inheritDoc}
     *
     * @throws io.github.cloze4j.Cloze4jException for {@link #CHINESE_WHOLE_WORD} without its library
     */
    @Override
    public MaskingStrategy strategy(double probability, Vocabulary vocabulary) {
        SpecialTokens specials = SpecialTokens.of(vocabulary);
        return switch (this) {
            case TOKEN -> new TokenMasking(probability, specials);
            case WHOLE_WORD -> new WholeWordMasking(probability, specials, WordBoundaries.ofWordPieces(vocabulary));
            case CHINESE_WHOLE_WORD ->
                new WholeWordMasking(
                        probability, specials, new ChineseWords(vocabulary, WordSegmenter.simplifiedChinese()));
            case N_GRAM -> new NGramMasking(probability, specials, WordBoundaries.ofWordPieces(vocabulary));
            case SPAN -> new SpanMasking(probability, specials, WordBoundaries.ofWordPieces(vocabulary));
            case GOOGLE -> new GoogleMasking(probability, specials);
            case HF -> new HuggingFaceMasking(probability, specials);
        };
    }
}
