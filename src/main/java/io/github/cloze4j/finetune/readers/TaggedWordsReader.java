package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.corpus.records.TextLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads sentences of words with tags from CoNLL and JSON lines.
 *
 * <p>CoNLL has a word a line in 2 to 4 columns, separated by tabs if the line has one and else by blanks; a blank line ends a
 * sentence, and lines that begin with {@code -DOCSTART-} are skipped. JSON lines have a sentence a line, with a list of words
 * and a list of tags. Tags of spans are converted to IOB2 as {@link TagNotation} says.
 */
public final class TaggedWordsReader {
    private static final String DOCUMENT_START = "-DOCSTART-";
    private static final int FEWEST_COLUMNS = 2;
    private static final int MOST_COLUMNS = 4;
    private static final Pattern TAB = Pattern.compile("\t");
    private static final Pattern BLANKS = Pattern.compile(" +");

    private final ReadOptions options;

    /** A reader with format, encoding and limits. */
    public TaggedWordsReader(ReadOptions options) {
        this.options = options;
    }

    /** Reads CoNLL, the word in the first and the tag in the last column. */
    public TaggedData read(Path file) {
        return conll(file, null);
    }

    /**
     * Reads CoNLL with the word in the first column and the tag in a column that is named by its number.
     *
     * @param tagColumn the number of the tag's column, from 2
     */
    public TaggedData read(Path file, int tagColumn) {
        if (tagColumn < FEWEST_COLUMNS || tagColumn > MOST_COLUMNS) {
            throw new IllegalArgumentException("Expected the number of the tag's column, from 2 to 4. Received: "
                    + tagColumn + ". Correct the number");
        }
        return conll(file, tagColumn);
    }

    /**
     * Reads JSON lines.
     *
     * @param words the field of the list of words
     * @param tags the field of the list of tags
     */
    public TaggedData read(Path file, String words, String tags) {
        options.formatOf(file, "words and tags in fields", DataFormat.JSON_LINES);
        return RecordText.read(file, options, text -> {
            Sentences sentences = new Sentences(text.name());
            Rows.readJsonLines(text, row -> {
                List<String> sentence = row.words(words);
                List<String> itsTags = row.words(tags);
                if (sentence.size() != itsTags.size()) {
                    throw row.source()
                            .problem(
                                    "one tag for each word",
                                    sentence.size() + " words and " + itsTags.size() + " tags",
                                    "Correct the lists");
                }
                if (sentence.isEmpty()) {
                    throw row.source().problem("at least one word", "none", "Add words, or remove the line");
                }
                for (int i = 0; i < sentence.size(); i++) {
                    sentences.add(sentence.get(i), itsTags.get(i), row.source());
                }
                sentences.end();
            });
            return sentences.data();
        });
    }

    private TaggedData conll(Path file, @Nullable Integer tagColumn) {
        options.formatOf(file, "a word and its tag a line", DataFormat.CONLL);
        return RecordText.read(file, options, text -> {
            Sentences sentences = new Sentences(text.name());
            readLines(text.lines(), tagColumn, sentences);
            return sentences.data();
        });
    }

    private static void readLines(TextLines lines, @Nullable Integer tagColumn, Sentences sentences)
            throws IOException {
        int columns = 0;
        SourceLine first = lines.source();
        for (String line = lines.next(); line != null; line = lines.next()) {
            if (line.isBlank()) {
                sentences.end();
                continue;
            }
            boolean tabs = line.indexOf('\t') >= 0;
            String[] fields = tabs ? TAB.split(line, -1) : BLANKS.split(line.strip());
            if (fields[0].equals(DOCUMENT_START)) {
                continue;
            }
            if (columns == 0) {
                columns = fields.length;
                first = lines.source();
                requireColumns(columns, tagColumn, first);
            }
            if (fields.length != columns) {
                throw lines.source()
                        .problem(
                                columns + " columns, as line " + first.line() + " has",
                                String.valueOf(fields.length),
                                "Write a word and its tag a line, and a blank line after a sentence");
            }
            String tag = fields[tagColumn == null ? columns - 1 : tagColumn - 1];
            sentences.add(fields[0].strip(), tag.strip(), lines.source());
        }
        sentences.end();
    }

    private static void requireColumns(int columns, @Nullable Integer tagColumn, SourceLine source) {
        int fewest = tagColumn == null ? FEWEST_COLUMNS : tagColumn;
        if (columns < fewest || columns > MOST_COLUMNS) {
            throw source.problem(
                    "from " + fewest + " to " + MOST_COLUMNS + " columns, the word in the first",
                    String.valueOf(columns),
                    "Separate columns with tabs or blanks, and remove those that are not needed");
        }
    }

    /** Collects words to sentences. */
    private static final class Sentences {
        private final String file;
        private final List<List<String>> words = new ArrayList<>();
        private final List<List<String>> tags = new ArrayList<>();
        private final List<SourceLine> sources = new ArrayList<>();
        private boolean open;

        Sentences(String file) {
            this.file = file;
        }

        void add(String word, String tag, SourceLine source) {
            if (word.isBlank() || tag.isBlank()) {
                throw source.problem(
                        "a word and its tag", "an empty " + (word.isBlank() ? "word" : "tag"), "Fill it in");
            }
            if (!open) {
                words.add(new ArrayList<>());
                tags.add(new ArrayList<>());
                sources.add(source);
                open = true;
            }
            words.get(words.size() - 1).add(word);
            tags.get(tags.size() - 1).add(tag);
        }

        void end() {
            open = false;
        }

        TaggedData data() {
            if (words.isEmpty()) {
                throw new CorpusException(
                        file
                                + ": Expected at least one word with a tag. Received: none. Add sentences, or name another file");
            }
            TagNotation notation = TagNotation.of(tags);
            List<TaggedWords> sentences = new ArrayList<>();
            int changed = 0;
            for (int i = 0; i < words.size(); i++) {
                List<String> converted = notation.toIob2(tags.get(i));
                for (int j = 0; j < converted.size(); j++) {
                    changed += converted.get(j).equals(tags.get(i).get(j)) ? 0 : 1;
                }
                sentences.add(sentence(words.get(i), converted, sources.get(i)));
            }
            return new TaggedData(sentences, notation, changed);
        }

        private static TaggedWords sentence(List<String> words, List<String> tags, SourceLine source) {
            return new TaggedWords(String.join(" ", words), UntaggedText.places(words), tags, source);
        }
    }
}
