package io.github.cloze4j.inference.generation;

/** Gets texts piece by piece while they are generated. */
@FunctionalInterface
public interface TextListener {
    /**
     * Takes the next piece of a text. All pieces of a text joined are {@link GeneratedText#text}. A piece arrives as soon as no later
     * token can change it: a word when the next one has begun, and what may be the beginning of a stop string when it is not. A beam
     * search hands out whole texts at its end.
     *
     * <p>It is called by the thread that generates, while no other thread can use the model. What it throws ends the generation. It
     * must not generate with the {@link Generator} that calls it, which throws an {@link IllegalStateException}.
     *
     * @param sequence the number of the text among those of the prompt, from 0
     * @param piece a part of the text, not empty
     */
    void text(int sequence, String piece);
}
