package io.github.cloze4j.finetune.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.cloze4j.cli.Main;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs of the command line, each in a process of its own, as a user starts them. {@code -Dcloze4j.threads=N} limits their threads; without it they
 * use all cores.
 */
final class CommandRun {
    private static final String THREADS = System.getProperty("cloze4j.threads", "");

    private CommandRun() {}

    /** Runs a command to its end. Its progress goes to standard error. */
    static JsonNode json(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp"));
        command.add(System.getProperty("java.class.path"));
        command.add(Main.class.getName());
        command.addAll(arguments);
        if (!THREADS.isEmpty()) {
            command.addAll(List.of("--threads", THREADS));
        }
        command.add("--json");
        System.out.println("cloze4j " + String.join(" ", command.subList(4, command.size())));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        if (code != 0) {
            throw new IllegalStateException("Expected exit code 0. Received: " + code + " of " + arguments);
        }
        return new ObjectMapper().readTree(out);
    }

    /**
     * Fine-tunes, and prints the scores of the test data beside those of always giving the most frequent answer.
     *
     * @param run the name of the run and of its output directory, whose former contents are deleted
     */
    static JsonNode finetune(String run, String task, Path model, List<String> options)
            throws IOException, InterruptedException {
        Path output = RunDirectory.output(run);
        delete(output);
        List<String> arguments = new ArrayList<>(List.of("finetune", task, "--model", model.toString()));
        arguments.addAll(options);
        arguments.addAll(List.of("--output", output.toString()));
        JsonNode result = json(arguments);
        System.out.println("RUN " + run + " " + result);
        return result;
    }

    /** Deletes a directory with all that is in it, if it is there. */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
