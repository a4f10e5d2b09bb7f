/**
 * The command line: one picocli command per file, option groups in mixins. A command only wires other rooms together;
 * nothing imports this one. The only room that writes to the standard streams.
 */
@NullMarked
package io.github.cloze4j.cli;

import org.jspecify.annotations.NullMarked;
