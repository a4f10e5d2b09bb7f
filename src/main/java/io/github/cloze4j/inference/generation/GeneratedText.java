package io.github.cloze4j.inference.generation;

import java.util.List;

/**
 * A text that a model has generated, without its prompt.
 *
 * @param text the text. After the prompt of a next-word model it begins with a blank if one belongs there, so that the prompt and
 *     the text together read well. It ends before a stop string
 * @param ids the generated tokens without the final {@code [SEP]}; with the tokens of a stop string
 * @param logProbability the sum of the log-probabilities that the model gives the generated tokens, a final {@code [SEP]} included,
 *     before any setting changes its scores
 * @param score the number by which a beam search ranks its texts: the sum of the log-probabilities as repetition penalty and the like
 *     have changed them, divided by the number of tokens to the power of {@link GenerationConfig#lengthPenalty}. Without a beam search
 *     it is {@code logProbability}
 * @param finishReason why the text has ended
 */
public record GeneratedText(
        String text, List<Integer> ids, double logProbability, double score, FinishReason finishReason) {
    /** Copies the list. */
    public GeneratedText {
        ids = List.copyOf(ids);
    }
}
