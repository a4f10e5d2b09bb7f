/** AdamW, Google's optimizer of BERT and Muon, learning-rate schedules and gradient clipping. */
@NullMarked
package io.github.cloze4j.optim;

import org.jspecify.annotations.NullMarked;
