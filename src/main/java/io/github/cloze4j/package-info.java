/**
 * BERT masked-language-model pretraining for the JVM.
 *
 * <p>This package holds what every room may use: the exceptions. {@code docs/architecture.md} is the map of the rooms.
 */
@NullMarked
package io.github.cloze4j;

import org.jspecify.annotations.NullMarked;
