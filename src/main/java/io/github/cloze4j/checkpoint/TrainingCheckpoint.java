package io.github.cloze4j.checkpoint;

import io.github.cloze4j.tensors.NamedTensor;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that training needs to go on as if it had never stopped.
 *
 * @param step the optimizer steps done
 * @param state the position in the data, elapsed time and the like, as text
 * @param tensors parameters and moments of the optimizer
 */
public record TrainingCheckpoint(long step, Map<String, String> state, List<NamedTensor> tensors) {
    /** Copies the collections; the data of the tensors is shared. */
    public TrainingCheckpoint {
        if (step < 0) {
            throw new IllegalArgumentException("Expected a step from 0. Received: " + step + ". Count steps from 0");
        }
        state = Collections.unmodifiableMap(new TreeMap<>(state));
        tensors = List.copyOf(tensors);
    }
}
