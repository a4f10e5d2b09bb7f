package io.github.cloze4j.tokenizer;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.BoundedFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads {@code vocab.txt} as {@code WordPiece.read_file} of the library {@code tokenizers}, which {@code transformers} 5
 * uses: lines end in LF, white space at their end is dropped, and of equal lines the last one counts. Version 4 of {@code
 * transformers} drops no white space.
 */
public final class VocabularyFile {
    private static final Logger LOG = LoggerFactory.getLogger(VocabularyFile.class);
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    /** Dozens of times the largest of BERT; a foreign file must not fill the memory. */
    private static final int MAXIMUM_BYTES = 1 << 26;

    private VocabularyFile() {}

    /**
     * Reads the ids of the tokens.
     *
     * @throws CorpusException if the file cannot be read, is empty, over 64 MiB or not UTF-8
     */
    public static Map<String, Integer> read(Path path, SpecialTokenNames specialTokens) {
        String text;
        try {
            text = BoundedFiles.readText(path, MAXIMUM_BYTES);
            if (text.isEmpty()) {
                throw new IOException("an empty file");
            }
        } catch (IOException e) {
            throw new CorpusException(
                    path + ": Expected a vocabulary, one token a line, in UTF-8, of at most " + MAXIMUM_BYTES
                            + " bytes. Received: " + BoundedFiles.describe(e)
                            + ". Check the path, or make a vocabulary with train-vocab.",
                    e);
        }
        return parse(withoutByteOrderMark(text, specialTokens, path));
    }

    /**
     * The reference takes the mark for a part of the first token. If that leaves the vocabulary without a special token, it
     * adds one whose id the model's embeddings lack, which is nobody's wish.
     */
    private static String withoutByteOrderMark(String text, SpecialTokenNames specialTokens, Path path) {
        if (!text.startsWith(BYTE_ORDER_MARK)) {
            return text;
        }
        int end = text.indexOf('\n');
        String first = trimEnd(text.substring(BYTE_ORDER_MARK.length(), end < 0 ? text.length() : end));
        boolean isSpecial = specialTokens.all().contains(first);
        LOG.warn(
                "{} begins with a byte order mark, which {}. Save it as UTF-8 without the mark",
                path,
                isSpecial ? "is left out" : "is taken for a part of the first token, as Hugging Face does");
        return isSpecial ? text.substring(BYTE_ORDER_MARK.length()) : text;
    }

    private static Map<String, Integer> parse(String text) {
        Map<String, Integer> pieces = new LinkedHashMap<>();
        int start = 0;
        for (int id = 0; start < text.length(); id++) {
            int lineFeed = text.indexOf('\n', start);
            int end = lineFeed < 0 ? text.length() : lineFeed;
            pieces.put(trimEnd(text.substring(start, end)), id);
            start = end + 1;
        }
        return pieces;
    }

    private static String trimEnd(String line) {
        int end = line.length();
        while (end > 0 && CharacterTable.instance().has(line.charAt(end - 1), CharacterTable.SPACE)) {
            end--;
        }
        return line.substring(0, end);
    }
}
