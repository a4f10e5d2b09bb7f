/** BERT with its masked-language-model head, and where asked for its next-sentence head. */
@NullMarked
package io.github.cloze4j.model;

import org.jspecify.annotations.NullMarked;
