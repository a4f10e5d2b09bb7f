/** From documents to training batches: token shards, packing, masking, and a batch stream that resumes anywhere. */
@NullMarked
package io.github.cloze4j.data;

import org.jspecify.annotations.NullMarked;
