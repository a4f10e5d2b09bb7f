package io.github.cloze4j.cli;

import io.github.cloze4j.inference.generation.GenerationConfig;
import io.github.cloze4j.inference.generation.GenerationDefaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are chosen, in the words of Hugging Face. What is not given is the model's, or the library's default. */
final class GenerationOptions {
    /** Names of settings in messages of the library, and the options that set them where these are called otherwise. */
    private static final Map<String, String> OPTIONS =
            Map.of("numReturnSequences", "--samples", "stopStrings", "--stop", "badWordsIds", "bad_words_ids");

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            description = "The most tokens of a text, the prompt not counted (default: the model's, else 20).")
    private @Nullable Integer maxNewTokens;

    @Option(
            names = "--min-new-tokens",
            paramLabel = "N",
            description = "Tokens before a text may end (default: the model's, else 0).")
    private @Nullable Integer minNewTokens;

    @Option(
            names = "--do-sample",
            negatable = true,
            description = "Draw tokens at random, or not (default: draw if an option for drawing is given, else as the"
                    + " model's generation_config.json says, else do not).")
    private @Nullable Boolean doSample;

    @Option(
            names = "--temperature",
            paramLabel = "X",
            description = "Draw from scores divided by X: below 1 likelier tokens, above 1 odder ones (default: the"
                    + " model's, else 1).")
    private @Nullable Double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "N",
            description = "Draw from the N likeliest tokens; 0 is all (default: the model's, else 0).")
    private @Nullable Integer topK;

    @Option(
            names = "--top-p",
            paramLabel = "X",
            description = "Draw from the likeliest tokens that together have the probability X (default: the model's,"
                    + " else 1).")
    private @Nullable Double topP;

    @Option(
            names = "--min-p",
            paramLabel = "X",
            description =
                    "Draw from tokens at least X times as likely as the likeliest (default: the model's, else 0).")
    private @Nullable Double minP;

    @Option(
            names = "--samples",
            paramLabel = "N",
            description = "Texts for each prompt; with --num-beams the best N (default: the model's, else 1).")
    private @Nullable Integer samples;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the draws (default: 0).")
    private @Nullable Long seed;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "X",
            description = "Above 1 makes tokens less likely that the text has already (default: the model's, else 1).")
    private @Nullable Double repetitionPenalty;

    @Option(
            names = "--no-repeat-ngram-size",
            paramLabel = "N",
            description = "Never write the same N tokens in a row twice; 0 allows it (default: the model's, else 0).")
    private @Nullable Integer noRepeatNgramSize;

    @Option(
            names = "--num-beams",
            paramLabel = "N",
            description = "Search with N beams for the likeliest text (default: the model's, else 1, which is no"
                    + " search).")
    private @Nullable Integer numBeams;

    @Option(
            names = "--length-penalty",
            paramLabel = "X",
            description = "With beams: above 0 favours long texts, below 0 short ones (default: the model's, else 1).")
    private @Nullable Double lengthPenalty;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            description = "End a text before this text; may be given several times (default: the model's, else none).")
    private List<String> stop = new ArrayList<>();

    /**
     * The settings.
     *
     * @throws IllegalArgumentException if an option is out of range, or has no effect with the others; the message names options
     */
    GenerationConfig config(GenerationDefaults model) {
        boolean search = numBeams != null && numBeams > 1;
        boolean drawing = Stream.of(temperature, topK, topP, minP, seed).anyMatch(option -> option != null)
                || (samples != null && samples > 1 && !search);
        boolean sample = doSample == null ? drawing || (numBeams == null && model.doSample()) : doSample;
        int beams = numBeams != null ? numBeams : sample ? 1 : model.numBeams();
        GenerationConfig.Builder builder = model.builder(sample, beams);
        set(maxNewTokens, builder::maxNewTokens);
        set(minNewTokens, builder::minNewTokens);
        set(temperature, builder::temperature);
        set(topK, builder::topK);
        set(topP, builder::topP);
        set(minP, builder::minP);
        set(samples, builder::numReturnSequences);
        set(seed, builder::seed);
        set(repetitionPenalty, builder::repetitionPenalty);
        set(noRepeatNgramSize, builder::noRepeatNgramSize);
        set(lengthPenalty, builder::lengthPenalty);
        if (!stop.isEmpty()) {
            builder.stopStrings(stop);
        }
        try {
            return builder.build();
        } catch (IllegalArgumentException refused) {
            throw new IllegalArgumentException(inOptions(String.valueOf(refused.getMessage())), refused);
        }
    }

    private static <T> void set(@Nullable T option, Consumer<T> setting) {
        if (option != null) {
            setting.accept(option);
        }
    }

    /** The message with options in the place of settings: {@code topK} is {@code --top-k}. */
    private static String inOptions(String message) {
        StringBuilder text = new StringBuilder();
        for (String word : message.split("(?<=\\W)|(?=\\W)")) {
            boolean isSetting = word.matches("[a-z]+([A-Z][a-z]*)+") || word.equals("temperature");
            text.append(isSetting ? OPTIONS.getOrDefault(word, "--" + hyphenated(word)) : word);
        }
        return text.toString();
    }

    private static String hyphenated(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
    }
}
