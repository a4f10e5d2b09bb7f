/** What a pretrained model is asked: the words that fit a gap. Nothing here changes a model. */
@NullMarked
package io.github.cloze4j.inference;

import org.jspecify.annotations.NullMarked;
