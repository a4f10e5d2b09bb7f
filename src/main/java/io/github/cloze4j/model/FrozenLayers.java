package io.github.cloze4j.model;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parts of a model that training leaves as they are. {@link #trains} is a test for {@link Bert} and for the readers of
 * stored models.
 *
 * @param embeddings whether the embeddings are frozen: of words, positions and token types, and their LayerNorm
 * @param layers the frozen layers of the encoder, counted from 0 at the bottom
 */
public record FrozenLayers(boolean embeddings, Set<Integer> layers) {
    /** Nothing is frozen. */
    public static final FrozenLayers NONE = new FrozenLayers(false, Set.of());

    private static final String EMBEDDINGS = "embeddings";
    private static final Pattern RANGE = Pattern.compile("(\\d{1,6})(?:-(\\d{1,6}))?");

    /** Copies the set. */
    public FrozenLayers {
        layers = Set.copyOf(layers);
    }

    /**
     * Reads a list such as {@code embeddings,0-5}: the word {@code embeddings}, layers and ranges of layers, with commas between
     * them.
     *
     * @throws IllegalArgumentException if the list has another form
     */
    public static FrozenLayers parse(String list) {
        boolean embeddings = false;
        Set<Integer> layers = new TreeSet<>();
        for (String part : list.split(",", -1)) {
            Matcher range = RANGE.matcher(part.strip());
            if (part.strip().equals(EMBEDDINGS)) {
                embeddings = true;
            } else if (range.matches()) {
                addRange(range, list, layers);
            } else {
                throw wrong(list);
            }
        }
        return new FrozenLayers(embeddings, layers);
    }

    private static void addRange(Matcher range, String list, Set<Integer> layers) {
        int first = Integer.parseInt(range.group(1));
        int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
        if (last < first) {
            throw wrong(list);
        }
        for (int layer = first; layer <= last; layer++) {
            layers.add(layer);
        }
    }

    private static IllegalArgumentException wrong(String list) {
        return new IllegalArgumentException("Expected frozen layers as a list of " + EMBEDDINGS
                + ", layers counted from 0 and ranges, such as " + EMBEDDINGS + ",0-5. Received: " + list);
    }

    /** @throws IllegalArgumentException if a model of this shape does not have one of the layers */
    public void requireLayersOf(BertConfig config) {
        for (int layer : new TreeSet<>(layers)) {
            if (layer >= config.numHiddenLayers()) {
                throw new IllegalArgumentException("Expected frozen layers from 0 to " + (config.numHiddenLayers() - 1)
                        + ", those of the model. Received: " + layer);
            }
        }
    }

    /**
     * Whether training changes a parameter.
     *
     * @param parameter the name of the parameter
     */
    public boolean trains(String parameter) {
        return !(embeddings && LayerNames.isEmbedding(parameter))
                && LayerNames.layer(parameter).filter(layers::contains).isEmpty();
    }
}
