/** Low-rank adapters in the layout of Hugging Face's PEFT, in and out: the few trained tensors of a model whose base stays as it is. */
@NullMarked
package io.github.cloze4j.pretrained.peft;

import org.jspecify.annotations.NullMarked;
