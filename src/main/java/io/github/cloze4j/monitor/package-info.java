/**
 * What people and tools see of a run: progress on a console, a log of JSON lines, TensorBoard event files, an HTML report
 * and the model card. All are listeners of {@link io.github.cloze4j.train.TrainingListener} or are rendered from what a
 * listener collected; none of them changes a run. May use {@code train} and what that may use, never {@code inference} or
 * {@code cli}.
 */
@NullMarked
package io.github.cloze4j.monitor;

import org.jspecify.annotations.NullMarked;
