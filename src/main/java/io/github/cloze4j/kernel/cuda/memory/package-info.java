/**
 * Device memory of one queue: mirrors of arenas, bf16 copies of what products read, scratch memory, arguments on their way
 * to the device and results on their way back, and a step's operations as one graph. {@link
 * io.github.cloze4j.kernel.cuda.memory.DeviceQueue} owns them all. Nothing here computes.
 */
@NullMarked
package io.github.cloze4j.kernel.cuda.memory;

import org.jspecify.annotations.NullMarked;
