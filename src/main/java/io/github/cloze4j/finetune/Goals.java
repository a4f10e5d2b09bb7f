package io.github.cloze4j.finetune;

import io.github.cloze4j.train.MetricGoal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The directions of metrics. */
final class Goals {
    private Goals() {}

    /** Metrics of which higher values are better, in their order. */
    static Map<String, MetricGoal> higher(List<String> names) {
        return of(names, List.of());
    }

    /** Metrics of which higher values are better, then those of which lower ones are. */
    static Map<String, MetricGoal> of(List<String> higher, List<String> lower) {
        Map<String, MetricGoal> goals = new LinkedHashMap<>();
        higher.forEach(name -> goals.put(name, MetricGoal.HIGHER));
        lower.forEach(name -> goals.put(name, MetricGoal.LOWER));
        return goals;
    }
}
