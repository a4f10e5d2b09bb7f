package io.github.cloze4j.pretrained;

import java.util.Map;

/** Further texts that are written beside a model, such as {@code README.md}. */
public final class ExtraFiles {
    private ExtraFiles() {}

    /**
     * Adds texts to those of the model.
     *
     * @param texts name → text of the model's files, to which is added
     * @param extra name → text of further files
     * @param tensors the file of the tensors
     * @throws IllegalArgumentException if a name is no plain one, or is that of a file of the model
     */
    public static void add(Map<String, String> texts, Map<String, String> extra, String tensors) {
        extra.forEach((name, text) -> {
            boolean plain = !name.isEmpty() && !name.startsWith(".") && name.indexOf('/') < 0 && name.indexOf('\\') < 0;
            if (!plain || name.equals(tensors) || texts.put(name, text) != null) {
                throw new IllegalArgumentException("Expected further files with names of their own, such as README.md."
                        + " Received: '" + name + "'. Choose another name");
            }
        });
    }
}
