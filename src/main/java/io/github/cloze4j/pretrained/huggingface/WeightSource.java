package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.tensors.NamedTensor;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** The stored tensors of a model: those of {@link WeightFiles}, or the same with an adapter merged into them. */
interface WeightSource extends AutoCloseable {
    /** What is strange about the files, and does not matter unless a tensor is missing. */
    List<String> remarks();

    /** The file whose name stands in messages. */
    Path path();

    /** The tensors' names. */
    Set<String> names();

    /** The type of a tensor, also of a type that is not read here. */
    String typeName(String name);

    /** The lengths of a tensor's dimensions. */
    long[] shape(String name);

    /** A tensor, read-only; it stays valid after {@link #close}. */
    NamedTensor tensor(String name);

    /** Whether there may be tensors of heads that the model does not have, and nobody wonders: those of an adapter's base. */
    boolean mayHaveOtherHeads();

    /**
     * Compares the numbers with checksums that the files have.
     *
     * @param encoder the names of the encoder's tensors, in the order of its parameters' names
     * @throws CheckpointFormatException if they differ
     */
    void checkSums(List<String> encoder);

    @Override
    void close();
}
