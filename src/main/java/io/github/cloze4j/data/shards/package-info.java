/** Token shards: tokenized documents in memory-mapped files, and the preparation that writes them. */
@NullMarked
package io.github.cloze4j.data.shards;

import org.jspecify.annotations.NullMarked;
