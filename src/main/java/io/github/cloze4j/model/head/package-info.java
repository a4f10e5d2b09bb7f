/** The heads of BERT, one a file: each scores its answers at some rows of the encoder's output and has a loss that trains it. */
@NullMarked
package io.github.cloze4j.model.head;

import org.jspecify.annotations.NullMarked;
