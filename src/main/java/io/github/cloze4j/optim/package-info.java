/** AdamW and Google's optimizer of BERT, learning-rate schedules and gradient clipping. */
@NullMarked
package io.github.cloze4j.optim;

import org.jspecify.annotations.NullMarked;
