package io.github.cloze4j.monitor;

import io.github.cloze4j.train.ResultTable;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a report or a model card says of a run. The maps are shown in their order, name and value as they are; an
 * empty one is left out.
 *
 * @param name of the model, for people
 * @param config the settings of the training
 * @param task the settings of what was trained
 * @param result how it ended
 * @param history its curves
 * @param model what the model is: layers, hidden size, parameters, vocabulary
 * @param data what it was trained on: description, numbers, hashes
 * @param environment where: machine, kernels, versions
 * @param examples what the model fills in for masks
 * @param tables results on held-out data, for the report
 * @param use how the model is used, for the model card
 */
public record RunSummary(
        String name,
        TrainingConfig config,
        Map<String, String> task,
        TrainingResult result,
        RunHistory history,
        Map<String, String> model,
        Map<String, String> data,
        Map<String, String> environment,
        List<FillMaskExample> examples,
        List<ResultTable> tables,
        ModelUse use) {

    /** Copies maps and lists, in their order. */
    public RunSummary {
        if (name.isBlank()) {
            throw new IllegalArgumentException("Expected a name for the model. Received: a blank text");
        }
        task = Collections.unmodifiableMap(new LinkedHashMap<>(task));
        model = Collections.unmodifiableMap(new LinkedHashMap<>(model));
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
        environment = Collections.unmodifiableMap(new LinkedHashMap<>(environment));
        examples = List.copyOf(examples);
        tables = List.copyOf(tables);
    }

    /** The summary of a run that pretrains: without tables, and with a model that fills masks. */
    public RunSummary(
            String name,
            TrainingConfig config,
            Map<String, String> task,
            TrainingResult result,
            RunHistory history,
            Map<String, String> model,
            Map<String, String> data,
            Map<String, String> environment,
            List<FillMaskExample> examples) {
        this(name, config, task, result, history, model, data, environment, examples, List.of(), ModelUse.FILL_MASK);
    }
}
