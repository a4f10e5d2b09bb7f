/** The built-in ways to choose which tokens of a row are masked, and the masker that checks the choice and replaces the tokens. */
@NullMarked
package io.github.cloze4j.data.masking;

import org.jspecify.annotations.NullMarked;
