package io.github.cloze4j.inference.generation;

import io.github.cloze4j.model.Prompt;
import java.util.List;

/**
 * A prompt that is ready for the model.
 *
 * @param number the number of the prompt in its call, from 0
 * @param model what the model reads
 * @param start the sequence before the first generated token: of a next-word model the prompt, of a sequence-to-sequence model
 *     nothing, because a source may be repeated in its target
 * @param tokens the tokens that the generated text goes on after
 * @param endsWithBlank whether the prompt as it was written ends with a blank
 * @param mostNewTokens the most generated tokens
 * @param longest the reason that a text of that many tokens ends for
 */
record GenerationPrompt(
        int number,
        Prompt model,
        TokenSequence start,
        List<String> tokens,
        boolean endsWithBlank,
        int mostNewTokens,
        FinishReason longest) {}
