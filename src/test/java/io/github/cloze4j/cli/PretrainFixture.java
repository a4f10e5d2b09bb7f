package io.github.cloze4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A small corpus and a small shape, so that a whole {@code pretrain} takes a fraction of a second. */
final class PretrainFixture {
    private static final List<String> NOUNS = List.of("cat", "dog", "bird", "fish", "horse", "mouse", "wolf");
    private static final List<String> VERBS = List.of("sees", "hears", "likes", "finds", "follows");
    private static final List<String> PLACES = List.of("house", "garden", "forest", "river", "field", "road");

    private PretrainFixture() {}

    /** Sentences, a document a line. */
    static Path writeCorpus(Path file, int documents) throws IOException {
        return Files.write(
                file,
                IntStream.range(0, documents)
                        .mapToObj(PretrainFixture::sentence)
                        .toList());
    }

    /** Documents of four sentences, a sentence a line and a blank line between documents. */
    static Path writeSentences(Path file, int documents) throws IOException {
        return Files.write(
                file,
                IntStream.range(0, 5 * documents)
                        .mapToObj(i -> i % 5 == 4 ? "" : sentence(i))
                        .toList());
    }

    private static String sentence(int i) {
        return "the " + NOUNS.get(i % NOUNS.size()) + " " + VERBS.get(i % VERBS.size()) + " the "
                + NOUNS.get(i / 3 % NOUNS.size()) + " in the " + PLACES.get(i % PLACES.size()) + " .";
    }

    /** {@code pretrain} with a small shape, into {@code output}. */
    static String[] arguments(Path output, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("pretrain", "--output=" + output, "--layers=1", "--hidden=16", "--heads=2"));
        if (lacks(more, "--vocab", "--data")) {
            arguments.add("--vocab-size=80");
        }
        if (lacks(more, "--validation", "--validation-fraction", "--data")) {
            arguments.add("--validation-fraction=0.1");
        }
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    /** Whether none of the options is among the arguments, beside which the fixture's own would have no effect. */
    private static boolean lacks(String[] arguments, String... options) {
        return Stream.of(arguments)
                .map(argument -> argument.replaceFirst("=.*", ""))
                .noneMatch(List.of(options)::contains);
    }

    /** Path → content, of all files below a directory. */
    static Map<String, String> contents(Path root) throws IOException {
        if (!Files.exists(root)) {
            return Map.of();
        }
        try (Stream<Path> tree = Files.walk(root)) {
            return tree.collect(Collectors.toMap(
                    path -> root.relativize(path).toString(), PretrainFixture::content, (a, b) -> a, TreeMap::new));
        }
    }

    private static String content(Path path) {
        try {
            return Files.isDirectory(path) ? "directory" : HexFormat.of().formatHex(Files.readAllBytes(path));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
