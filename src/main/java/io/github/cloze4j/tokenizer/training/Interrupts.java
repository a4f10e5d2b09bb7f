package io.github.cloze4j.tokenizer.training;

import io.github.cloze4j.Cloze4jException;

/** Ends the training of a vocabulary on a thread that is interrupted; the thread stays interrupted. */
final class Interrupts {
    private Interrupts() {}

    /**
     * Goes on if the thread is not interrupted.
     *
     * @param work the work that would be incomplete, as a verb and its object
     */
    static void require(String work) {
        if (Thread.currentThread().isInterrupted()) {
            throw exception(work);
        }
    }

    static Cloze4jException exception(String work) {
        return new Cloze4jException(
                "Expected to " + work + ". Received: an interrupt of the thread. Train the vocabulary again");
    }
}
