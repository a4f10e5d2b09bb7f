/**
 * Texts that a model goes on with or rewrites, token by token: {@link io.github.cloze4j.inference.generation.Generator} with its
 * settings, {@link io.github.cloze4j.inference.generation.GenerationConfig}. Inside are the changes of a next token's scores (one
 * {@code LogitsProcessor} each), the two searches (token by token, and beams), and the way from tokens to text. Names, defaults and
 * order are those of {@code transformers.generation}.
 */
@NullMarked
package io.github.cloze4j.inference.generation;

import org.jspecify.annotations.NullMarked;
