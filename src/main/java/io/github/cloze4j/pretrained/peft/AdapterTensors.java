package io.github.cloze4j.pretrained.peft;

import java.util.List;

/**
 * The tensors of an adapter, compared with a model, by the names of the model's parameters.
 *
 * @param trained tensors that the model takes
 * @param missing parameters that the adapter should have and lacks; none if the adapter was read
 * @param unexpected tensors that the model has no use for, by their names in the file
 */
public record AdapterTensors(List<String> trained, List<String> missing, List<String> unexpected) {
    /** Copies the lists. */
    public AdapterTensors {
        trained = List.copyOf(trained);
        missing = List.copyOf(missing);
        unexpected = List.copyOf(unexpected);
    }
}
