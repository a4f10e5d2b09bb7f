package io.github.cloze4j.cli;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.monitor.ModelUse;
import io.github.cloze4j.nn.LowRankTarget;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.peft.AdapterDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether an adapter is trained in the place of the whole model, and what is written of it. */
public final class AdapterOptions {
    /** The option that turns the others on. */
    public static final String ADAPTER = "--adapter";

    private static final String LORA = "lora";
    private static final String ALL = "all";

    @Option(
            names = ADAPTER,
            paramLabel = "NAME",
            description = "lora: train low-rank updates of linear layers and a new head, and leave the model as it is."
                    + " --output then holds an adapter in the layout of PEFT and names the model that it belongs to."
                    + " Wants a higher --lr, such as 5e-4 (default: the whole model is trained).")
    private @Nullable String adapter;

    @Option(names = "--lora-rank", paramLabel = "N", description = "With --adapter: rank of the updates (default: 8).")
    private @Nullable Integer rank;

    @Option(
            names = "--lora-alpha",
            paramLabel = "X",
            description = "With --adapter: strength; updates are scaled by it divided by the rank (default: 8).")
    private @Nullable Double alpha;

    @Option(
            names = "--lora-dropout",
            paramLabel = "X",
            description = "With --adapter: dropout on what the updates read (default: 0).")
    private @Nullable Double dropout;

    @Option(
            names = "--lora-targets",
            paramLabel = "LIST",
            description = "With --adapter: layers that have an update, with commas between them: query, key, value,"
                    + " attention-output, intermediate, output, or all (default: query,value).")
    private @Nullable String targets;

    @Option(
            names = "--rslora",
            description = "With --adapter: scale updates by the strength divided by the root of the rank.")
    private boolean rankStabilized;

    @Option(
            names = "--merge",
            description =
                    "With --adapter: write the whole model, with the updates added to its weights, and no adapter.")
    private boolean merge;

    /**
     * The low-rank updates, if an adapter is trained.
     *
     * @throws IllegalArgumentException if a value is out of its range, or an option is useless without {@link #ADAPTER}
     */
    public Optional<LoraConfig> lora() {
        if (adapter == null) {
            boolean useless = rankStabilized
                    || merge
                    || Stream.of(rank, alpha, dropout, targets).anyMatch(Objects::nonNull);
            if (useless) {
                throw new IllegalArgumentException(
                        "Expected --adapter lora with --lora-rank, --lora-alpha, --lora-dropout, --lora-targets,"
                                + " --rslora and --merge. Received: no --adapter. Add it, or leave them out");
            }
            return Optional.empty();
        }
        if (!adapter.equals(LORA)) {
            throw new IllegalArgumentException("Expected --adapter lora. Received: " + adapter + ". Use lora");
        }
        LoraConfig defaults = LoraConfig.DEFAULT;
        return Optional.of(new LoraConfig(
                rank == null ? defaults.rank() : rank,
                alpha == null ? defaults.alpha() : alpha,
                dropout == null ? defaults.dropout() : dropout,
                targets == null ? defaults.targets() : targets(targets),
                rankStabilized));
    }

    private static Set<LowRankTarget> targets(String list) {
        if (list.equals(ALL)) {
            return EnumSet.allOf(LowRankTarget.class);
        }
        Set<LowRankTarget> chosen = EnumSet.noneOf(LowRankTarget.class);
        for (String name : list.split(",", -1)) {
            chosen.add(Stream.of(LowRankTarget.values())
                    .filter(target -> OptionValues.name(target).equals(name.strip()))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("Expected --lora-targets of query, key, value,"
                            + " attention-output, intermediate and output, or all. Received: '" + name
                            + "'. Name some of them with commas between them")));
        }
        return chosen;
    }

    /** Refuses to adapt an adapter: what is written would need two bases. */
    public void requireWholeBase(Path base) {
        if (adapter != null && AdapterDirectory.isAdapter(base)) {
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
        if (adapter != null && !merge && !tokens.isEmpty()) {
            throw new IllegalArgumentException("Expected --merge with --adapter for a task that adds tokens to the"
                    + " vocabulary. Received: the new tokens " + String.join(", ", tokens)
                    + ", for which an adapter has no embeddings. Add --merge, or leave --adapter out");
        }
    }

    /** Whether training changes a parameter, by its name. */
    public boolean trains(String parameter) {
        return adapter == null || LoraConfig.trains(parameter);
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

    /** The settings for reports and cards; nothing without an adapter. */
    public Map<String, String> describe() {
        return lora().map(lora ->
                        Map.of("adapter", lora.describe() + (merge ? ", merged into the model" : ", in PEFT's layout")))
                .orElse(Map.of());
    }

    /** How the trained model is used, for its card: PEFT loads an adapter onto its base. */
    public ModelUse use(ModelUse whole) {
        if (adapter == null || merge) {
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
        if (adapter == null) {
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
