package io.github.cloze4j.cli;

import io.github.cloze4j.model.LoraConfig;
import io.github.cloze4j.nn.LowRankTarget;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether an adapter is trained in the place of the whole model, and which. */
public final class LoraOptions {
    /** The option that turns the others on. */
    private static final String ADAPTER = "--adapter";

    private static final String LORA = "lora";
    private static final String ALL = "all";

    @Option(
            names = ADAPTER,
            paramLabel = "NAME",
            description = "lora: train low-rank updates of linear layers and a new head, and leave the model as it is"
                    + " (default: the whole model is trained).")
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

    /**
     * The low-rank updates, if an adapter is trained.
     *
     * @throws IllegalArgumentException if a value is out of its range, or an option is useless without {@link #ADAPTER}
     */
    public Optional<LoraConfig> lora() {
        if (adapter == null) {
            boolean useless =
                    rankStabilized || Stream.of(rank, alpha, dropout, targets).anyMatch(Objects::nonNull);
            if (useless) {
                throw new IllegalArgumentException(
                        "Expected --adapter lora with --lora-rank, --lora-alpha, --lora-dropout, --lora-targets"
                                + " and --rslora. Received: no --adapter. Add it, or leave them out");
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

    /** Whether training changes a parameter, by its name. */
    public boolean trains(String parameter) {
        return adapter == null || LoraConfig.trains(parameter);
    }
}
