package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.files.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The data sets of the runs. Their files are written on first use, below {@link RunDirectory#data}, with seed 0. */
enum DataSet {
    GLOSS(GlossClasses::main, "", ".csv"),
    PART_OF_SPEECH(BrownTags::main, "", ".conll"),
    SUPERSENSE(SupersenseTags::main, "", ".conll"),
    QUESTIONS(GlossQuestions::main, "v1", ".json"),
    UNANSWERABLE_QUESTIONS(GlossQuestions::main, "v2", ".json"),
    RELATIONS(WordRelations::main, "", ".csv"),
    CHINESE(ChineseAcceptability::main, "", ".csv"),
    SPAM(SpamMails::main, "", ".jsonl"),
    GLOSS_TEXTS(GlossTexts::main, "", ".txt"),
    DEFINED_WORDS(DefinedWords::main, "", ".jsonl"),
    VERSES(VersePairs::main, "", ".jsonl"),
    CHINESE_VERSES(ChineseVerses::main, "", ".jsonl");

    private final Consumer<String[]> builder;
    private final String folder;
    private final String extension;

    DataSet(Consumer<String[]> builder, String folder, String extension) {
        this.builder = builder;
        this.folder = folder;
        this.extension = extension;
    }

    /** The file of a part. */
    Path file(Part part) {
        Path directory = RunDirectory.data(name());
        Path file = directory.resolve(folder).resolve(part.fileName() + extension);
        if (!Files.exists(file)) {
            builder.accept(new String[] {directory.toString()});
        }
        return file;
    }

    /** The first records of a part, in a file of their own. The part must have a record a line; a table has a header before them. */
    Path first(Part part, int records) {
        Path whole = file(part);
        Path some = whole.resolveSibling(part.fileName() + "-" + records + extension);
        if (!Files.exists(some)) {
            try {
                writeLines(some, Files.readAllLines(whole).subList(0, records + (extension.equals(".csv") ? 1 : 0)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return some;
    }

    static void writeLines(Path file, List<String> lines) {
        AtomicFiles.write(file, (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** The options that name the files of all parts. */
    List<String> options() {
        List<String> options = new ArrayList<>();
        for (Part part : Part.values()) {
            options.addAll(List.of("--" + part.fileName(), file(part).toString()));
        }
        return options;
    }
}
