/**
 * From text on disk to documents: files, directories, globs and gzip, read as a stream in bounded memory; the split into
 * training and validation; the quickstart corpus. Knows nothing of tokens.
 */
@NullMarked
package io.github.cloze4j.corpus;

import org.jspecify.annotations.NullMarked;
