/** What users' own JUnit tests need. */
@NullMarked
package io.github.cloze4j.testing;

import org.jspecify.annotations.NullMarked;
