package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.monitor.ModelUse;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.peft.AdapterDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whether an adapter is trained in the place of the whole model, and what is written of it. */
public final class AdapterOptions {
    @Mixin
    private LoraOptions options = new LoraOptions();

    @Option(
            names = "--merge",
            description =
                    "With --adapter: write the whole model, with the updates added to its weights (default: --output holds"
                            + " an adapter in the layout of PEFT, which names the directory of its model).")
    private boolean merge;

    /**
     * The low-rank updates, if an adapter is trained.
     *
     * @throws IllegalArgumentException if a value is out of its range, or an option is useless without an adapter
     */
    public Optional<LoraConfig> lora() {
        Optional<LoraConfig> lora = options.lora();
        if (merge && lora.isEmpty()) {
            throw new IllegalArgumentException(
                    "Expected --adapter with --merge. Received: no --adapter. Add it, or leave --merge out");
        }
        return lora;
    }

    /** Whether training changes a parameter, by its name. */
    public boolean trains(String parameter) {
        return options.trains(parameter);
    }

    /** Says what is trained, if it is not the whole model. */
    public void say(Bert model, Console console) {
        model.lora().ifPresent(lora -> {
            long trained = model.parameters().parameters().stream()
                    .filter(Parameter::trained)
                    .mapToLong(Parameter::length)
                    .sum();
            console.say(String.format(
                    Locale.ROOT,
                    "adapter: %s; %,d of %,d parameters are trained",
                    lora.describe(),
                    trained,
                    model.parameters().parameterCount()));
        });
    }

    /** Refuses to adapt an adapter: what is written would need two bases. */
    public void requireWholeBase(Path base) {
        if (lora().isPresent() && AdapterDirectory.isAdapter(base)) {
            throw new Cloze4jException("Expected a whole model as the base of an adapter. Received: " + base
                    + ", which is an adapter itself. Train that with --merge first, or leave --adapter out");
        }
    }

    /**
     * Checks that what is written can hold tokens that the base does not have: an adapter has no rows of embeddings.
     *
     * @param tokens the new tokens
     * @throws IllegalArgumentException if there are some, and only an adapter is written
     */
    public void requireRoomFor(List<String> tokens) {
        if (lora().isPresent() && !merge && !tokens.isEmpty()) {
            throw new IllegalArgumentException("Expected --merge with --adapter for a task that adds tokens to the"
                    + " vocabulary. Received: the new tokens " + String.join(", ", tokens)
                    + ", for which an adapter has no embeddings. Add --merge, or leave --adapter out");
        }
    }

    /** The settings for reports and cards; nothing without an adapter. */
    public Map<String, String> describe() {
        return lora().map(lora ->
                        Map.of("adapter", lora.describe() + (merge ? ", merged into the model" : ", in PEFT's layout")))
                .orElse(Map.of());
    }

    /** How the trained model is used, for its card: PEFT loads an adapter onto its base. */
    public ModelUse use(ModelUse whole) {
        if (lora().isEmpty() || merge) {
            return whole;
        }
        return new ModelUse(whole.pipelineTag(), whole.java(), """
                import transformers
                from peft import PeftModel

                config = transformers.AutoConfig.from_pretrained("this-directory")
                model_class = getattr(transformers, config.architectures[0])
                base = model_class.from_pretrained("the-model-that-was-adapted", config=config)
                model = PeftModel.from_pretrained(base, "this-directory")
                """);
    }

    /**
     * Writes the trained model: whole, or its adapter, or merged.
     *
     * @param head the head of a model that is fine-tuned
     * @param base the directory of the model that the run began with
     * @param texts further files
     */
    public void write(
            Path directory,
            Bert model,
            Optional<TaskHead> head,
            BertTokenizer tokenizer,
            Path base,
            Map<String, String> texts) {
        if (lora().isEmpty()) {
            writeWhole(directory, model, head, tokenizer, texts);
        } else if (merge) {
            try (Bert merged = model.merged()) {
                writeWhole(directory, merged, head, tokenizer, texts);
            }
        } else {
            String name = base.toAbsolutePath().normalize().toString();
            ModelDirectory.writeAdapter(directory, model, head, tokenizer, name, texts);
        }
    }

    private static void writeWhole(
            Path directory, Bert model, Optional<TaskHead> head, BertTokenizer tokenizer, Map<String, String> texts) {
        if (head.isPresent()) {
            ModelDirectory.writeFineTuned(directory, model, head.get(), tokenizer, texts);
        } else {
            ModelDirectory.write(directory, model, tokenizer, texts);
        }
    }
}
