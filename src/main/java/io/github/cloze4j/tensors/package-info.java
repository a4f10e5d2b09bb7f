/** Safetensors files: their header, the types and shapes of their tensors, and readers and writers that check both. */
@NullMarked
package io.github.cloze4j.tensors;

import org.jspecify.annotations.NullMarked;
