package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.pretrained.NameList;
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

    /** What is there, for people: updates are counted, all else is named. */
    String describe() {
        List<String> whole =
                trained.stream().filter(name -> !LowRank.isParameter(name)).toList();
        return trained.size() + " trained tensors: " + (trained.size() - whole.size()) + " of low-rank updates"
                + (whole.isEmpty() ? "" : ", and " + NameList.of(whole)) + "; missing: " + NameList.of(missing)
                + "; unexpected: " + NameList.of(unexpected);
    }
}
