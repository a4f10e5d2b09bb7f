package io.github.cloze4j.tokenizer.files;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.JsonFile;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.tokenizer.AddedToken;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import io.github.cloze4j.tokenizer.TextPipeline;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.tokenizer.VocabularyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tokenizer's files in a Hugging Face model directory, which {@code transformers} and {@code tokenizers} load. */
public final class TokenizerFiles {
    static final String VOCABULARY = "vocab.txt";
    static final String CONFIG = "tokenizer_config.json";
    static final String TOKENIZER = "tokenizer.json";
    static final String NAMES = "special_tokens_map.json";
    static final String ADDED = "added_tokens.json";

    private static final Logger LOG = LoggerFactory.getLogger(TokenizerFiles.class);

    /** The class of a tokenizer that does what {@code tokenizer.json} says. */
    private static final String GENERIC_CLASS = "PreTrainedTokenizerFast";

    private static final String CLASS = "tokenizer_class";
    private static final String LOWER_CASE = "do_lower_case";
    private static final String STRIP_ACCENTS = "strip_accents";
    private static final String CHINESE_CHARS = "tokenize_chinese_chars";

    /** The end of the names of classes; {@code transformers} 5 has the same class under both names. */
    private static final String FAST = "Fast";

    /** Classes whose settings stand in {@code tokenizer_config.json}; the empty name is none. */
    private static final Set<String> BERT_CLASSES = Set.of(
            "",
            "BertTokenizer",
            "DistilBertTokenizer",
            "ElectraTokenizer",
            "MobileBertTokenizer",
            "SqueezeBertTokenizer",
            "LayoutLMTokenizer",
            "LxmertTokenizer");
    /** Classes that do what {@code tokenizer.json} says. */
    private static final Set<String> GENERIC_CLASSES = Set.of(
            "PreTrainedTokenizer",
            "TokenizersBackend",
            "ConvBertTokenizer",
            "RetriBertTokenizer",
            "NomicBertTokenizer");

    /** The most bytes of a JSON file: several times the largest of BERT. */
    private static final int MAXIMUM_BYTES = 1 << 25;

    private static final JsonFile.Damage DAMAGE = (problem, cause) ->
            new CorpusException(problem + ". Use a BERT tokenizer, or copy the file from the model's origin", cause);

    private TokenizerFiles() {}

    /**
     * The files' names and texts: {@code vocab.txt}, {@code tokenizer_config.json}, {@code tokenizer.json}.
     *
     * @param maximumLength the most tokens that the model takes
     */
    public static Map<String, String> write(BertTokenizer tokenizer, int maximumLength) {
        Map<String, String> files = new LinkedHashMap<>();
        files.put(VOCABULARY, tokenizer.vocabulary().toText());
        files.put(CONFIG, StrictJson.toText(config(tokenizer, maximumLength)));
        files.put(TOKENIZER, StrictJson.toText(TokenizerJson.of(tokenizer)));
        return files;
    }

    /**
     * Files of a former tokenizer that would count beside those of {@link #write}, and the text that makes each say nothing.
     *
     * @param directory where a tokenizer is to be written
     */
    public static Map<String, String> neutralized(Path directory) {
        Map<String, String> files = new LinkedHashMap<>();
        for (String name : List.of(NAMES, ADDED)) {
            if (Files.exists(directory.resolve(name))) {
                files.put(name, "{}\n");
            }
        }
        return files;
    }

    /** Whether a directory has a vocabulary, in {@code vocab.txt} or in {@code tokenizer.json}. */
    public static boolean exist(Path directory) {
        return Files.isRegularFile(directory.resolve(VOCABULARY)) || Files.isRegularFile(directory.resolve(TOKENIZER));
    }

    /**
     * Reads what there is of {@code vocab.txt}, {@code tokenizer.json}, {@code tokenizer_config.json}, {@code
     * special_tokens_map.json} and {@code added_tokens.json}; one of the first two must be there.
     *
     * <p>As in {@code transformers} 5, settings of a {@code BertTokenizer} are those of {@code tokenizer_config.json}, whose
     * absent fields mean lower case, accents as lower case and ideographs apart, also where {@code tokenizer.json} says
     * otherwise; this is logged. Without that file, or for a tokenizer class that has no settings of its own, {@code
     * tokenizer.json} decides, as in the library {@code tokenizers}. The vocabulary is that of {@code tokenizer.json}, also
     * where {@code vocab.txt} differs. The length that these files give ({@code model_max_length}, truncation, padding) is
     * not used: the model's own counts.
     *
     * @throws CorpusException if a file is missing or damaged, or the tokenizer is of another kind
     */
    public static BertTokenizer read(Path directory) {
        JsonFile config = file(directory.resolve(CONFIG));
        AddedTokensReader added =
                new AddedTokensReader(config, file(directory.resolve(NAMES)), file(directory.resolve(ADDED)));
        SpecialTokenNames names = added.names();
        Path json = directory.resolve(TOKENIZER);
        TokenizerJsonReader reader = Files.exists(json) ? new TokenizerJsonReader(file(json), names) : null;
        boolean hasSettings = hasSettings(config, reader);
        Vocabulary vocabulary = Vocabulary.of(
                pieces(directory, names, reader),
                names,
                added.tokens(reader == null ? Map.of() : reader.addedTokens(), reader != null && !hasSettings));
        BertTokenizer tokenizer;
        try {
            tokenizer = reader == null || hasSettings
                    ? new BertTokenizer(vocabulary, settings(config))
                    : new BertTokenizer(vocabulary, reader.pipeline());
        } catch (IllegalArgumentException refused) {
            throw new CorpusException(directory + ": " + refused.getMessage(), refused);
        }
        if (reader != null) {
            reader.expectPostProcessor(vocabulary);
            warnOfDifference(tokenizer.pipeline(), reader.pipeline(), config.path());
        }
        UnreachablePieces.warn(tokenizer, directory);
        return tokenizer;
    }

    /** A file that need not be there. */
    private static JsonFile file(Path path) {
        return JsonFile.readIfPresent(path, MAXIMUM_BYTES, DAMAGE);
    }

    /**
     * The tokenizer of a {@code vocab.txt} alone. Logs a warning if the settings make many tokens impossible.
     *
     * @throws CorpusException as {@link Vocabulary#read}
     */
    public static BertTokenizer read(Path vocabTxt, TokenizerConfig config) {
        BertTokenizer tokenizer = new BertTokenizer(Vocabulary.read(vocabTxt), config);
        UnreachablePieces.warn(tokenizer, vocabTxt);
        return tokenizer;
    }

    private static Map<String, Integer> pieces(
            Path directory, SpecialTokenNames names, @Nullable TokenizerJsonReader reader) {
        Path path = directory.resolve(VOCABULARY);
        if (reader == null) {
            return VocabularyFile.read(path, names);
        }
        Map<String, Integer> pieces = reader.pieces();
        if (Files.exists(path) && !holds(path, names, pieces)) {
            LOG.warn("{} has other tokens than {} beside it; as in transformers, the latter counts", path, TOKENIZER);
        }
        return pieces;
    }

    private static boolean holds(Path vocabTxt, SpecialTokenNames names, Map<String, Integer> pieces) {
        try {
            return VocabularyFile.read(vocabTxt, names).equals(pieces);
        } catch (CorpusException unreadable) {
            // Its content does not count, so a damaged one is no reason to refuse the tokenizer.
            return false;
        }
    }

    /** Whether {@code tokenizer_config.json} decides how text becomes words, and not {@code tokenizer.json}. */
    private static boolean hasSettings(JsonFile config, @Nullable TokenizerJsonReader reader) {
        String kind = config.fields().path(CLASS).asText("");
        String slow = kind.endsWith(FAST) ? kind.substring(0, kind.length() - FAST.length()) : kind;
        if (!BERT_CLASSES.contains(slow) && !GENERIC_CLASSES.contains(slow)) {
            throw config.refused("the class BertTokenizer", CLASS + " " + kind);
        }
        if (GENERIC_CLASSES.contains(slow) && reader == null) {
            throw config.refused(TOKENIZER + " beside it, which the class " + kind + " needs", "no such file");
        }
        return Files.exists(config.path()) && BERT_CLASSES.contains(slow);
    }

    private static TokenizerConfig settings(JsonFile config) {
        return new TokenizerConfig(
                config.flag(LOWER_CASE, true), config.flag(STRIP_ACCENTS), config.flag(CHINESE_CHARS, true));
    }

    private static void warnOfDifference(TextPipeline used, TextPipeline ofJson, Path config) {
        List<String> different = new ArrayList<>();
        if (!used.stages().equals(ofJson.stages())) {
            different.add("another normalizer");
        }
        if (used.cuts() != ofJson.cuts()) {
            different.add("another pre_tokenizer");
        }
        if (used.maxWordLength() != ofJson.maxWordLength()) {
            different.add("max_input_chars_per_word " + ofJson.maxWordLength() + " instead of " + used.maxWordLength());
        }
        if (!different.isEmpty()) {
            LOG.warn(
                    "{}: {} beside it has {}; as in transformers, the settings of the former count",
                    config,
                    TOKENIZER,
                    String.join(", ", different));
        }
    }

    private static ObjectNode config(BertTokenizer tokenizer, int maximumLength) {
        TokenizerConfig config = tokenizer.config();
        SpecialTokenNames names = tokenizer.vocabulary().specialTokens();
        ObjectNode fields = JsonNodeFactory.instance
                .objectNode()
                .put(CLASS, tokenizer.pipeline().isBert() ? "BertTokenizer" : GENERIC_CLASS)
                .put("model_max_length", maximumLength)
                .put(LOWER_CASE, config.doLowerCase())
                .put(STRIP_ACCENTS, config.stripAccents())
                .put(CHINESE_CHARS, config.tokenizeChineseChars())
                .put("pad_token", names.pad())
                .put("unk_token", names.unk())
                .put("cls_token", names.cls())
                .put("sep_token", names.sep())
                .put("mask_token", names.mask());
        List<String> special = tokenizer.vocabulary().addedTokens().stream()
                .filter(AddedToken::special)
                .map(AddedToken::content)
                .filter(content -> !names.all().contains(content))
                .toList();
        if (!special.isEmpty()) {
            special.forEach(fields.putArray("additional_special_tokens")::add);
        }
        return fields;
    }
}
