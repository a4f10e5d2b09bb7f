/** BERT with its masked-language-model head. */
@NullMarked
package io.github.cloze4j.model;

import org.jspecify.annotations.NullMarked;
