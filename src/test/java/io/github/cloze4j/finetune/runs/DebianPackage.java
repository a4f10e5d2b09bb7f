package io.github.cloze4j.finetune.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The files of a Debian package, unpacked below the directory of {@link NpmPackage}. A package that is not there yet is downloaded with {@code apt-get} and
 * unpacked with {@code dpkg-deb}; nothing is installed.
 */
final class DebianPackage {
    private DebianPackage() {}

    /**
     * The root of a package's files.
     *
     * @param name the package, such as {@code sword-text-kjv}
     */
    static Path files(String name) {
        Path root = NpmPackage.DIRECTORY.resolve(name);
        if (Files.exists(root)) {
            return root;
        }
        try {
            Path download = Files.createDirectories(NpmPackage.DIRECTORY.resolve(name + ".download"));
            run(download, "apt-get", "download", "--quiet", name);
            try (Stream<Path> files = Files.list(download)) {
                Path archive = files.filter(file -> file.toString().endsWith(".deb"))
                        .findFirst()
                        .orElseThrow();
                run(download, "dpkg-deb", "-x", archive.getFileName().toString(), "files");
            }
            return Files.move(download.resolve("files"), root);
        } catch (IOException e) {
            throw new IllegalStateException(missing(name, e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(missing(name, "an interrupt"), e);
        }
    }

    private static void run(Path directory, String... command) throws IOException, InterruptedException {
        int code = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (code != 0) {
            throw new IOException("exit code " + code + " of " + String.join(" ", List.of(command)));
        }
    }

    private static String missing(String name, String received) {
        return "Expected the Debian package " + name + " in " + NpmPackage.DIRECTORY + " or from apt-get. Received: "
                + received
                + ". Run apt-get update, or unpack the package with dpkg-deb -x into that directory under its name";
    }
}
