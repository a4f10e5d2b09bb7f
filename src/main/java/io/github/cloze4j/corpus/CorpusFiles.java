package io.github.cloze4j.corpus;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.PlainTextException;
import io.github.cloze4j.files.FileProblem;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the files that paths, directories and globs name, in an order that does not depend on the file system. */
final class CorpusFiles {
    private static final Logger LOG = LoggerFactory.getLogger(CorpusFiles.class);
    private static final String WILDCARDS = "*?[{";

    private CorpusFiles() {}

    /**
     * Files in the order of their arguments, sorted by path within one; a file that is named twice appears once.
     *
     * @param anyContent whether directories of models and of prepared data are taken too
     */
    static List<Path> find(List<String> pathsOrGlobs, boolean anyContent) {
        if (pathsOrGlobs.isEmpty()) {
            throw new CorpusException("Expected at least one file, directory or glob. Received: none. Name one.");
        }
        Set<Path> seen = new HashSet<>();
        List<Path> files = new ArrayList<>();
        for (String argument : pathsOrGlobs) {
            for (Path file : expand(argument, anyContent)) {
                if (seen.add(identity(file))) {
                    files.add(file);
                }
            }
        }
        return List.copyOf(files);
    }

    private static List<Path> expand(String argument, boolean anyContent) {
        if (argument.isEmpty()) {
            throw new CorpusException(
                    "Expected a file, a directory or a glob. Received: an empty name. Name the files of text.");
        }
        Path path = existing(argument);
        if (path != null && !Files.isDirectory(path)) {
            return List.of(path);
        }
        if (path == null && argument.chars().noneMatch(c -> WILDCARDS.indexOf(c) >= 0)) {
            throw new CorpusException("Expected a file, a directory or a glob. Received: " + argument
                    + ", which does not exist. Correct the path.");
        }
        List<Path> files = path != null ? walk(path, Integer.MAX_VALUE, !anyContent) : glob(argument);
        if (files.isEmpty()) {
            throw new CorpusException("Expected at least one file in or matching " + argument
                    + " (names that start with a dot do not count). Received: none. Correct the path.");
        }
        return files;
    }

    private static @Nullable Path existing(String argument) {
        try {
            Path path = Path.of(argument);
            return Files.exists(path) ? path : null;
        } catch (InvalidPathException e) {
            // Some systems allow no wildcard in a path: then it can only be a glob.
            return null;
        }
    }

    private static List<Path> glob(String argument) {
        String pattern = argument.replace(File.separatorChar, '/');
        int wildcard = 0;
        while (WILDCARDS.indexOf(pattern.charAt(wildcard)) < 0) {
            wildcard++;
        }
        int slash = pattern.lastIndexOf('/', wildcard);
        String base = pattern.substring(0, slash + 1);
        String rest = pattern.substring(slash + 1);
        Path root = Path.of(base);
        if (!Files.isDirectory(root)) {
            throw new CorpusException("Expected a directory before the first wildcard of " + argument + ". Received: "
                    + base + ", which is none. Correct the path.");
        }
        int depth = rest.contains("**") ? Integer.MAX_VALUE : rest.split("/", -1).length;
        PathMatcher matcher = matcher(argument, rest);
        // A glob names its files: a model beside them does not matter.
        return walk(root, depth, false).stream()
                .filter(file -> matcher.matches(root.relativize(file)))
                .toList();
    }

    private static PathMatcher matcher(String argument, String rest) {
        // "**/" also stands for no directory at all, as in shells; Java's matcher wants that said.
        String pattern = rest.contains("{") ? rest : rest.replace("**/", "{**/,}");
        try {
            return FileSystems.getDefault().getPathMatcher("glob:" + pattern);
        } catch (PatternSyntaxException e) {
            throw new CorpusException(
                    "Expected a glob. Received: " + argument + " (" + e.getDescription() + "). Correct the pattern.",
                    e);
        }
    }

    /** A model or prepared data, whose files are no text, however readable some of them are. */
    private static void requireNoModel(Path directory) {
        boolean model = holds(directory, "config.json")
                && Stream.of("model.safetensors", "pytorch_model.bin", "vocab.txt", "tokenizer.json")
                        .anyMatch(name -> holds(directory, name));
        if (model || holds(directory, "model.safetensors")) {
            throw new PlainTextException("Expected a directory of plain text. Received: " + directory
                    + ", which holds a model. Name the files of text");
        }
        if (holds(directory, "manifest.json") && holds(directory, "tokens-00000.bin")) {
            throw new PlainTextException("Expected a directory of plain text. Received: " + directory
                    + ", which holds prepared data. Name the text that it was prepared from");
        }
    }

    private static boolean holds(Path directory, String name) {
        return Files.isRegularFile(directory.resolve(name));
    }

    private static List<Path> walk(Path root, int depth, boolean refuseModels) {
        Collector collector = new Collector(root, refuseModels);
        try {
            Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), depth, collector);
        } catch (IOException e) {
            throw new CorpusException(
                    "Expected to list " + root + ". Received: "
                            + FileProblem.of(e).cause() + ". Check the permissions below it.",
                    e);
        }
        collector.files.sort(Comparator.comparing(CorpusFiles::portableName));
        return collector.files;
    }

    private static String portableName(Path file) {
        return file.toString().replace(File.separatorChar, '/');
    }

    private static Path identity(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            // Pipes have a name but no place.
            return file.toAbsolutePath().normalize();
        }
    }

    private static final class Collector extends SimpleFileVisitor<Path> {
        private final Path root;
        private final boolean refuseModels;
        private final List<Path> files = new ArrayList<>();

        Collector(Path root, boolean refuseModels) {
            this.root = root;
            this.refuseModels = refuseModels;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            if (!directory.equals(root) && hidden(directory)) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            if (refuseModels) {
                requireNoModel(directory);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile() && !hidden(file)) {
                files.add(file);
            } else if (!attributes.isDirectory() && !hidden(file)) {
                LOG.warn("Skipped {}: neither a file nor a directory", file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof FileSystemLoopException) {
                LOG.warn("Skipped {}: a symbolic link to a directory that holds it", file);
                return FileVisitResult.CONTINUE;
            }
            throw e;
        }

        private static boolean hidden(Path path) {
            Path name = path.getFileName();
            return name != null && name.toString().startsWith(".");
        }
    }
}
