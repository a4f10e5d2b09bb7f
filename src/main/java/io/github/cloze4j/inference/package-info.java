/**
 * What a pretrained model is asked: the words that fit a gap ({@link io.github.cloze4j.inference.FillMask}), a text's vector
 * ({@link io.github.cloze4j.inference.SentenceEmbedder}), how well it expects a text
 * ({@link io.github.cloze4j.inference.PseudoPerplexity}), which of several labels fits a text
 * ({@link io.github.cloze4j.inference.ZeroShotClassifier}). Nothing here changes a model, and no gradients are allocated.
 *
 * <p>All of them take many texts at a time: texts are packed back to back into rows as in training, so that there is no padding,
 * and a text's result is the same in any company but for the rounding of sums.
 */
@NullMarked
package io.github.cloze4j.inference;

import org.jspecify.annotations.NullMarked;
