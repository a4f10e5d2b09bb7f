package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.ParameterBytes;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * New tokens for a model that has its vocabulary: words of a field that it knows in pieces only.
 *
 * <p>They are appended, so that every id keeps its token and the vocabulary may be any. Google's advice to write over
 * {@code [unusedN]} ends with the number of those, and most vocabularies have none.
 *
 * <p>The embedding of a new token and its bias in the decoder are the means of those of the pieces that the tokenizer made
 * of it before. So its score is the mean of their scores, and the probability that it takes from the others is at most the
 * mean of its pieces'. Rows drawn at random may score above everything instead (Hewitt, 2021, "Initializing New Word
 * Embeddings for Pretrained Language Models"). A word of unknown characters begins as {@code [UNK]}.
 */
public final class VocabularyExtension {
    private static final int TOKENS_SHOWN = 5;
    /** Many times what a model can take. */
    private static final int MAXIMUM_BYTES = 1 << 24;

    /** The parameters with a row for each token. */
    private static final Set<String> PER_TOKEN = Set.of(WeightNames.WORDS, WeightNames.DECODER, WeightNames.BIAS);

    private final BertTokenizer former;
    private final BertTokenizer tokenizer;
    private final List<String> added;
    private final List<String> known;
    /** For each added token, the ids of its pieces. */
    private final List<int[]> pieces;

    private VocabularyExtension(BertTokenizer former, Vocabulary vocabulary, List<String> added, List<String> known) {
        this.former = former;
        this.added = added;
        this.known = known;
        tokenizer = former.withVocabulary(vocabulary);
        pieces = added.stream().map(token -> former.ids(letters(token))).toList();
    }

    /**
     * Prepares the extension of a tokenizer's vocabulary.
     *
     * @param tokens words, and {@code ##} pieces that continue words; what the vocabulary has, and repetitions, are left
     *     out. The pieces of a {@code ##} token are those of its letters as a word
     * @throws IllegalArgumentException if no token is new, or the tokenizer can never make one of text: it is empty, is of
     *     more than one word, has punctuation or more than 100 characters, or upper case or accents where the tokenizer
     *     takes them away
     */
    public static VocabularyExtension of(BertTokenizer tokenizer, List<String> tokens) {
        Set<String> added = new LinkedHashSet<>();
        List<String> known = new ArrayList<>();
        for (String token : tokens) {
            if (tokenizer.vocabulary().id(token) >= 0 || !added.add(token)) {
                known.add(token);
            }
        }
        requireReachable(added, tokenizer);
        if (added.isEmpty()) {
            throw new IllegalArgumentException("Expected at least one token that the vocabulary of "
                    + tokenizer.vocabulary().size() + " tokens lacks. Received: " + tokens.size()
                    + ", all of which it has. Leave the extension out");
        }
        List<String> words = List.copyOf(added);
        return new VocabularyExtension(tokenizer, tokenizer.vocabulary().append(words), words, List.copyOf(known));
    }

    /**
     * Prepares the extension of a tokenizer's vocabulary by special tokens that mark parts of a text, such as {@code [E1]}. The tokenizer
     * finds them in a text before it makes words of it.
     *
     * @param markers those that the vocabulary has become special tokens with the ids that they have
     */
    public static VocabularyExtension ofMarkers(BertTokenizer tokenizer, List<String> markers) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        List<String> known =
                markers.stream().filter(marker -> vocabulary.id(marker) >= 0).toList();
        List<String> added =
                markers.stream().filter(marker -> vocabulary.id(marker) < 0).toList();
        return new VocabularyExtension(tokenizer, vocabulary.appendSpecial(markers), added, known);
    }

    /**
     * The same with the tokens of a file in UTF-8, one a line; empty lines are left out.
     *
     * @throws CorpusException if the file cannot be read, or holds what {@link #of} refuses
     */
    public static VocabularyExtension read(BertTokenizer tokenizer, Path file) {
        try {
            return of(
                    tokenizer,
                    BoundedFiles.readText(file, MAXIMUM_BYTES)
                            .lines()
                            .filter(line -> !line.isEmpty())
                            .toList());
        } catch (IllegalArgumentException refused) {
            throw new CorpusException(file + ": " + refused.getMessage(), refused);
        } catch (IOException e) {
            throw new CorpusException(
                    file + ": Expected a file of tokens in UTF-8, one a line, of at most " + MAXIMUM_BYTES
                            + " bytes. Received: " + BoundedFiles.describe(e) + ". Check the path and the file",
                    e);
        }
    }

    /** Only the tokenizer knows what it makes of text, so one is asked that has nothing but these words. */
    private static void requireReachable(Set<String> tokens, BertTokenizer former) {
        Set<String> words = new LinkedHashSet<>(Vocabulary.SPECIAL_TOKENS);
        tokens.stream()
                .map(VocabularyExtension::shortestWord)
                .filter(word -> !word.isEmpty())
                .forEach(words::add);
        BertTokenizer tokenizer = former.withVocabulary(Vocabulary.of(List.copyOf(words)));
        List<String> unreachable = tokens.stream()
                .filter(token -> letters(token).isEmpty() || !isOneToken(shortestWord(token), tokenizer))
                .toList();
        if (!unreachable.isEmpty()) {
            int shown = Math.min(unreachable.size(), TOKENS_SHOWN);
            throw new IllegalArgumentException(
                    "Expected tokens that the tokenizer can make of text: one word each, of at"
                            + " most 100 characters, without punctuation"
                            + (former.config().doLowerCase() ? ", in lower case without accents" : "") + ". Received: "
                            + String.join(", ", unreachable.subList(0, shown))
                            + (shown < unreachable.size() ? ", … (" + unreachable.size() + ")" : "")
                            + ". Correct or remove them");
        }
    }

    private static boolean isOneToken(String word, BertTokenizer tokenizer) {
        int[] ids = tokenizer.ids(word);
        return ids.length == 1 && ids[0] == tokenizer.vocabulary().id(word);
    }

    /** A word with the token in it; what continues words needs one before it, which punctuation would end. */
    private static String shortestWord(String token) {
        return token.startsWith(Vocabulary.CONTINUATION_PREFIX) ? "a" + letters(token) : token;
    }

    private static String letters(String token) {
        return token.startsWith(Vocabulary.CONTINUATION_PREFIX)
                ? token.substring(Vocabulary.CONTINUATION_PREFIX.length())
                : token;
    }

    /** The tokenizer with the new tokens, which have the ids after those of the former vocabulary. */
    public BertTokenizer tokenizer() {
        return tokenizer;
    }

    /** The new tokens, in the order of their ids. */
    public List<String> added() {
        return added;
    }

    /** What was left out: tokens that the vocabulary had, and repetitions. */
    public List<String> known() {
        return known;
    }

    /**
     * A copy of a model, with rows for the new tokens. Where the model has more rows than its vocabulary has tokens, the
     * new tokens take those first.
     *
     * @param model whose vocabulary is the former one; stays as it is and open
     * @return to be closed by the caller
     * @throws IllegalArgumentException if the model has fewer rows than its vocabulary has tokens
     */
    public Bert apply(Bert model) {
        model.config().requireVocabulary(former.vocabulary().size());
        int rows = Math.max(model.config().vocabSize(), tokenizer.vocabulary().size());
        BertConfig shape = model.config().toBuilder().vocabSize(rows).build();
        Bert extended = model.ofSameKind(shape);
        try {
            for (Parameter parameter : model.parameters().parameters()) {
                copy(parameter, extended, rows);
            }
            return extended;
        } catch (RuntimeException | Error e) {
            extended.close();
            throw e;
        }
    }

    private void copy(Parameter source, Bert extended, int rows) {
        Kernels kernels = extended.parameters().kernels();
        DataType type = extended.parameters().type();
        Parameter target = extended.parameters().parameter(source.name());
        ByteBuffer values = ParameterBytes.allocate(Math.toIntExact(target.length()), type.width());
        kernels.download(source.value(), values.limit(Math.toIntExact(source.length() * type.width())));
        values.clear();
        if (PER_TOKEN.contains(source.name())) {
            addRows(values, Math.toIntExact(target.length() / rows), type);
        }
        kernels.upload(values, target.value());
    }

    private void addRows(ByteBuffer values, int columns, DataType type) {
        int first = former.vocabulary().size();
        for (int token = 0; token < added.size(); token++) {
            int[] parts = pieces.get(token);
            for (int column = 0; column < columns; column++) {
                double sum = 0;
                for (int part : parts) {
                    int index = part * columns + column;
                    sum += type == DataType.FLOAT
                            ? values.getFloat(index * Float.BYTES)
                            : values.getDouble(index * Double.BYTES);
                }
                int index = (first + token) * columns + column;
                if (type == DataType.FLOAT) {
                    values.putFloat(index * Float.BYTES, (float) (sum / parts.length));
                } else {
                    values.putDouble(index * Double.BYTES, sum / parts.length);
                }
            }
        }
    }
}
