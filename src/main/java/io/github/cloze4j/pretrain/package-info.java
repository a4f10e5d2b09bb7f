/**
 * The pretraining of BERT as a {@link io.github.cloze4j.train.TrainingTask}: masked tokens, alone or with a question about pairs
 * of texts.
 */
@NullMarked
package io.github.cloze4j.pretrain;

import org.jspecify.annotations.NullMarked;
