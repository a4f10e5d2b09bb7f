package io.github.cloze4j.inference.generation;

import io.github.cloze4j.Cloze4jException;
import java.util.List;

/** A way to find texts that go on after prompts. */
interface Search {
    /**
     * The texts of each prompt, in the order of the prompts.
     *
     * @param mostTexts the most texts that grow at the same time, but for the beams of one prompt, which always do
     * @throws Cloze4jException if the thread is interrupted before the last token, if no token is allowed, or if the model's scores
     *     are not finite
     */
    List<List<GeneratedText>> run(List<GenerationPrompt> prompts, int mostTexts);

    /** @throws Cloze4jException if the calling thread is interrupted */
    static void requireNoInterrupt() {
        if (Thread.currentThread().isInterrupted()) {
            throw new Cloze4jException(
                    "Expected to generate all tokens. Received: an interrupt of the calling thread. Ask again");
        }
    }
}
