/** The trainer of WordPiece vocabularies: it counts the words of a corpus and merges the pairs of pieces that occur most often. */
@NullMarked
package io.github.cloze4j.tokenizer.training;

import org.jspecify.annotations.NullMarked;
