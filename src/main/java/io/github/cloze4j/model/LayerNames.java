package io.github.cloze4j.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The layers of a {@link Bert} that parameters belong to, told by their names. */
final class LayerNames {
    private static final String EMBEDDINGS = "bert.embeddings.";
    private static final String POOLER = "bert.pooler.";
    private static final Pattern LAYER = Pattern.compile("bert\\.encoder\\.layer\\.(\\d+)\\..*");

    private LayerNames() {}

    static boolean isEmbedding(String parameter) {
        return parameter.startsWith(EMBEDDINGS);
    }

    static boolean isPooler(String parameter) {
        return parameter.startsWith(POOLER);
    }

    /** The layer of the encoder, counted from 0 at the bottom; empty for a parameter outside the encoder. */
    static Optional<Integer> layer(String parameter) {
        Matcher matcher = LAYER.matcher(parameter);
        return matcher.matches() ? Optional.of(Integer.valueOf(matcher.group(1))) : Optional.empty();
    }
}
