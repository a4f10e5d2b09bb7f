/**
 * Tags of words as spans: {@link io.github.cloze4j.inference.tags.EntityReader} reads entities from tags such as {@code B-PER}, in
 * the two modes of seqeval. Tagged words, readers of tagged files and metrics all read spans here.
 */
@NullMarked
package io.github.cloze4j.inference.tags;

import org.jspecify.annotations.NullMarked;
