/**
 * JMH benchmarks of single kernels, the tokenizer and the making of batches, by what users can use too. How they are run
 * stands in {@code docs/performance.md}.
 */
package io.github.cloze4j.benchmark;
