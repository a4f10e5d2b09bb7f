package io.github.cloze4j.finetune.readers;

/**
 * An input with its right answer.
 *
 * @param <T> the input, such as {@link InputText} or {@link SpanPair}
 * @param <L> the answer: a {@code String} for one class, a {@code List<String>} for any number of classes, a {@code Double} for
 *     a number
 * @param input the input
 * @param label the right answer
 */
public record Labelled<T, L>(T input, L label) {}
