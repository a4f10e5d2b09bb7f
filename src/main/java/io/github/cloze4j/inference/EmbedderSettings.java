package io.github.cloze4j.inference;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.inference.SentenceEmbedder.Pooling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * How a model turns texts into vectors: what a directory of {@code sentence-transformers} says in {@code modules.json}, {@code
 * 1_Pooling/config.json}, {@code sentence_bert_config.json} and {@code config_sentence_transformers.json}. A directory without
 * {@code modules.json} says nothing: its tokens' mean is normalized.
 *
 * @param modelDirectory the model in Hugging Face's layout: the directory itself, or a directory in it
 * @param pooling how a text's tokens become a vector; the vectors of several ways are appended to each other
 * @param normalize whether vectors are divided by their Euclidean norm, so that a dot product is a cosine
 * @param maxTokens the most tokens of a text that count, {@code [CLS]} and {@code [SEP]} included; the model's positions are a
 *     bound of their own
 * @param lowerCase whether texts are lower-cased although the tokenizer does not
 * @param prompt a text that stands before every text; empty for none
 */
public record EmbedderSettings(
        Path modelDirectory,
        List<Pooling> pooling,
        boolean normalize,
        int maxTokens,
        boolean lowerCase,
        String prompt) {
    private static final String MODULES = "modules.json";

    /** Hundreds of times what such a file has. */
    private static final int MAXIMUM_BYTES = 1 << 20;

    private static final JsonFile.Damage DAMAGE = (problem, cause) -> new CheckpointFormatException(
            problem + ". Use a model whose vectors are pooled tokens, or make the vectors with sentence-transformers",
            cause);

    /** Checks the numbers. */
    public EmbedderSettings {
        pooling = List.copyOf(pooling);
        if (pooling.isEmpty() || maxTokens < 2) {
            throw new IllegalArgumentException("Expected at least one way of pooling, and 2 tokens, [CLS] and [SEP]."
                    + " Received: " + pooling + " and " + maxTokens + ". Correct them");
        }
    }

    /** Settings of a directory that says nothing about vectors. */
    public static EmbedderSettings plain(Path directory) {
        return new EmbedderSettings(directory, List.of(Pooling.MEAN), true, Integer.MAX_VALUE, false, "");
    }

    /**
     * Reads a directory's settings.
     *
     * @throws CheckpointFormatException if a file is damaged, or vectors are made in a way that is not computed here
     */
    public static EmbedderSettings read(Path directory) {
        Path modules = directory.resolve(MODULES);
        return Files.isRegularFile(modules) ? new ModulesFile(directory).read() : plain(directory);
    }

    /** These settings with another way of pooling. */
    public EmbedderSettings withPooling(Pooling other) {
        return new EmbedderSettings(modelDirectory, List.of(other), normalize, maxTokens, lowerCase, prompt);
    }

    /** These settings with vectors of length 1, or not. */
    public EmbedderSettings withNormalize(boolean other) {
        return new EmbedderSettings(modelDirectory, pooling, other, maxTokens, lowerCase, prompt);
    }

    /** One line for people. */
    public String describe() {
        String ways = pooling.stream()
                .map(way -> way.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                .collect(Collectors.joining(" and "));
        return "pooling " + ways + (normalize ? ", vectors of length 1" : ", vectors not normalized")
                + (maxTokens == Integer.MAX_VALUE ? "" : ", at most " + maxTokens + " tokens")
                + (lowerCase ? ", texts lower-cased" : "")
                + (prompt.isEmpty() ? "" : ", after the prompt " + StrictJson.quoted(prompt));
    }

    /** Reads {@code modules.json} and what it names. */
    private static final class ModulesFile {
        private final Path directory;
        private final Path modules;

        ModulesFile(Path directory) {
            this.directory = directory;
            modules = directory.resolve(MODULES);
        }

        EmbedderSettings read() {
            Path model = directory;
            List<Pooling> pooling = new ArrayList<>();
            boolean normalize = false;
            boolean includesPrompt = true;
            String last = "";
            for (JsonNode module : list()) {
                String type = module.path("type").asText();
                Path path = inDirectory(module.path("path").asText());
                String kind = type.substring(type.lastIndexOf('.') + 1);
                switch (last + kind) {
                    case "Transformer" -> model = path;
                    case "TransformerPooling" -> {
                        JsonNode config = object(path.resolve("config.json"));
                        pooling.addAll(pooling(path.resolve("config.json"), config));
                        includesPrompt = config.path("include_prompt").asBoolean(true);
                    }
                    case "PoolingNormalize" -> normalize = true;
                    default -> throw refused(modules, "modules Transformer, Pooling and perhaps Normalize", type);
                }
                last = kind;
            }
            if (pooling.isEmpty()) {
                throw refused(modules, "a module Pooling", "none");
            }
            String prompt = prompt();
            if (!prompt.isEmpty() && !includesPrompt) {
                throw refused(modules, "a prompt whose tokens are pooled too", "include_prompt false");
            }
            JsonNode settings = optional(model.resolve("sentence_bert_config.json"));
            return new EmbedderSettings(
                    model,
                    pooling,
                    normalize,
                    maxTokens(model, settings),
                    settings.path("do_lower_case").asBoolean(false),
                    prompt);
        }

        private JsonNode list() {
            // The strict reader reads objects: the list is made one.
            try {
                String text = BoundedFiles.readText(modules, MAXIMUM_BYTES);
                JsonNode list =
                        StrictJson.parseTree("{\"modules\":" + text + "}").path("modules");
                if (!list.isArray()) {
                    throw new IOException("no list");
                }
                return list;
            } catch (IOException e) {
                throw refused(modules, "a JSON list of modules", BoundedFiles.describe(e));
            }
        }

        /** No path that leads elsewhere. */
        private Path inDirectory(String name) {
            if (name.isEmpty()) {
                return directory;
            }
            if (!name.matches("[\\p{Alnum}_][\\p{Alnum}_.-]{0,200}/?")) {
                throw refused(modules, "a directory beside it as a module's path", StrictJson.quoted(name));
            }
            return directory.resolve(name);
        }

        private static JsonNode object(Path path) {
            return JsonFile.read(path, MAXIMUM_BYTES, DAMAGE).fields();
        }

        private static JsonNode optional(Path path) {
            return JsonFile.readIfPresent(path, MAXIMUM_BYTES, DAMAGE).fields();
        }

        /** {@code pooling_mode} of version 6, else the flags of the versions before. */
        private static List<Pooling> pooling(Path path, JsonNode config) {
            JsonNode mode = config.path("pooling_mode");
            List<Pooling> ways = new ArrayList<>();
            if (mode.isArray()) {
                mode.forEach(name -> ways.add(Pooling.of(path, name.asText())));
            } else if (mode.isTextual()) {
                ways.add(Pooling.of(path, mode.textValue()));
            } else {
                for (Pooling way : Pooling.values()) {
                    if (config.path(way.flag()).asBoolean(false)) {
                        ways.add(way);
                    }
                }
            }
            return ways.isEmpty() ? List.of(Pooling.MEAN) : ways;
        }

        /** As sentence-transformers: the module's own number, else the tokenizer's. */
        private static int maxTokens(Path model, JsonNode settings) {
            JsonNode own = settings.path("max_seq_length");
            JsonNode number = own.isNumber()
                    ? own
                    : optional(model.resolve("tokenizer_config.json")).path("model_max_length");
            double most = number.isNumber() ? number.doubleValue() : Integer.MAX_VALUE;
            return (int) Math.max(2, Math.min(Integer.MAX_VALUE, most));
        }

        private String prompt() {
            JsonNode settings = optional(directory.resolve("config_sentence_transformers.json"));
            JsonNode name = settings.path("default_prompt_name");
            return name.isTextual()
                    ? settings.path("prompts").path(name.textValue()).asText("")
                    : "";
        }
    }

    static RuntimeException refused(Path path, String expected, String received) {
        return DAMAGE.of(path, expected, received, null);
    }
}
