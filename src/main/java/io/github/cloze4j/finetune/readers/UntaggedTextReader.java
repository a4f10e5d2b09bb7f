package io.github.cloze4j.finetune.readers;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Reads texts whose words are to be tagged: from CoNLL the words, whose tags are not read further; from JSON lines a text or a list
 * of words; from tables and files with a text a line, texts.
 */
public final class UntaggedTextReader {
    private final String text;
    private final ReadOptions options;

    /**
     * A reader of a column.
     *
     * @param text the column of the text, or the field of the text or the list of words
     * @param options format, encoding and limits
     */
    public UntaggedTextReader(String text, ReadOptions options) {
        this.text = text;
        this.options = options;
    }

    /**
     * Reads the texts of a file.
     *
     * @return the texts in the order of the file, at least one
     * @throws io.github.cloze4j.CorpusException if the file cannot be read, a column is missing or a record is wrong
     */
    public List<UntaggedText> read(Path file) {
        if (options.formatOf(file) == DataFormat.CONLL) {
            return new TaggedWordsReader(options)
                    .read(file).sentences().stream()
                            .map(sentence -> new UntaggedText(sentence.text(), sentence.words(), sentence.source()))
                            .toList();
        }
        if (options.isText(file)) {
            return Rows.readLines(file, options, (line, source) -> new UntaggedText(line, null, source));
        }
        return Rows.read(file, options, Set.of(text), this::untagged);
    }

    private UntaggedText untagged(Row row) {
        if (!row.isList(text)) {
            return new UntaggedText(row.text(text), null, row.source());
        }
        List<String> words = row.words(text);
        if (words.stream().anyMatch(String::isBlank)) {
            throw row.source().problem("words that are not blank", "a blank one", "Correct the list");
        }
        return new UntaggedText(String.join(" ", words), UntaggedText.places(words), row.source());
    }
}
