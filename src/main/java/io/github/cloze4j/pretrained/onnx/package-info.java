/** Models as ONNX graphs: the graph of a BERT is built and written. */
@NullMarked
package io.github.cloze4j.pretrained.onnx;

import org.jspecify.annotations.NullMarked;
