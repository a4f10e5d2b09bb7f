/**
 * From files on disk to documents: plain text and records, packed or not, in files, directories and globs, read as a stream in
 * bounded memory; the split into training and validation; the quickstart corpus. Knows nothing of tokens.
 */
@NullMarked
package io.github.cloze4j.corpus;

import org.jspecify.annotations.NullMarked;
