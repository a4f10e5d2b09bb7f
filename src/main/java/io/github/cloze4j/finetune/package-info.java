/**
 * Fine-tuning: a task that trains a model on labelled data. {@code finetune.readers} reads the data, {@link
 * io.github.cloze4j.finetune.LabelledData} is a task's data as tokens with targets, {@link
 * io.github.cloze4j.finetune.FineTuningTask} trains on it, and {@code finetune.metrics} says how good the answers are.
 */
@NullMarked
package io.github.cloze4j.finetune;

import org.jspecify.annotations.NullMarked;
