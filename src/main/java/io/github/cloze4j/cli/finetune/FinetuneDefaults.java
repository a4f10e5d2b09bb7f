package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.cli.LibraryDefaults;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The defaults of fine-tuning: Devlin et al. (2019) and {@code transformers}' examples; the others are the library's. */
final class FinetuneDefaults implements IDefaultValueProvider {
    /** Passes over the data, unless another budget is asked for. */
    static final double EPOCHS = 3;

    private static final Map<String, String> OWN = Map.of(
            "--lr", "5e-5",
            "--warmup", "0.1",
            "--batch-size", "32",
            "--seq-len", "128",
            "--seed", "0");

    /** What has no default here: of options that exclude each other only the one that is asked for is there. */
    private static final String EVALUATIONS = "--evaluations";

    private static final String DROPOUT = "--dropout";

    private final Map<String, String> library = new LibraryDefaults().values();

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)
                || option.longestName().equals(EVALUATIONS)
                || option.longestName().equals(DROPOUT)) {
            return null;
        }
        String own = OWN.get(option.longestName());
        return own == null ? library.get(option.longestName()) : own;
    }
}
