package io.github.cloze4j.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.files.StrictJson;
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

    private static final String CLASS = "tokenizer_class";
    private static final String LOWER_CASE = "do_lower_case";
    private static final String STRIP_ACCENTS = "strip_accents";
    private static final String CHINESE_CHARS = "tokenize_chinese_chars";

    /** Classes whose settings stand in {@code tokenizer_config.json}; the empty name is none. */
    private static final Set<String> BERT_CLASSES = Set.of("", "BertTokenizer", "BertTokenizerFast");
    /** Classes that do what {@code tokenizer.json} says. */
    private static final Set<String> GENERIC_CLASSES = Set.of("PreTrainedTokenizerFast", "TokenizersBackend");

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
     * <p>As in {@code transformers}, settings of a {@code BertTokenizer} are those of {@code tokenizer_config.json}, whose
     * absent fields mean lower case, accents as lower case and ideographs apart, also where {@code tokenizer.json} says
     * otherwise; this is logged. Without that file, or for a tokenizer class that has no settings of its own, {@code
     * tokenizer.json} decides, as in the library {@code tokenizers}. Names of special tokens stand in {@code
     * special_tokens_map.json}, else in {@code tokenizer_config.json}, else they are BERT's. The length that these files
     * give ({@code model_max_length}, truncation, padding) is not used: the model's own counts.
     *
     * @throws CorpusException if a file is missing or damaged, files contradict each other, the tokenizer is of another
     *     kind, or tokens were added to the vocabulary
     */
    public static BertTokenizer read(Path directory) {
        SettingsFile config = SettingsFile.read(directory.resolve(CONFIG));
        SettingsFile map = SettingsFile.read(directory.resolve(NAMES));
        SpecialTokenNames names = names(map, config);
        List<String> added = new ArrayList<>(AddedTokens.of(config));
        added.addAll(AddedTokens.of(map));
        SettingsFile.read(directory.resolve(ADDED)).fields().fieldNames().forEachRemaining(added::add);
        added.removeAll(names.all());
        if (!added.isEmpty()) {
            throw config.damaged("no added tokens but " + String.join(" ", names.all()), added.toString(), null);
        }
        Path json = directory.resolve(TOKENIZER);
        TokenizerJsonReader reader =
                Files.exists(json) ? new TokenizerJsonReader(SettingsFile.read(json), names) : null;
        return new BertTokenizer(vocabulary(directory, names, reader), settings(config, reader));
    }

    private static SpecialTokenNames names(SettingsFile map, SettingsFile config) {
        try {
            return new SpecialTokenNames(
                    name("pad_token", SpecialTokenNames.BERT.pad(), map, config),
                    name("unk_token", SpecialTokenNames.BERT.unk(), map, config),
                    name("cls_token", SpecialTokenNames.BERT.cls(), map, config),
                    name("sep_token", SpecialTokenNames.BERT.sep(), map, config),
                    name("mask_token", SpecialTokenNames.BERT.mask(), map, config));
        } catch (IllegalArgumentException refused) {
            throw map.damaged("names of special tokens", String.valueOf(refused.getMessage()), refused);
        }
    }

    private static String name(String role, String absent, SettingsFile map, SettingsFile config) {
        String name = map.token(role);
        name = name == null ? config.token(role) : name;
        return name == null ? absent : name;
    }

    private static Vocabulary vocabulary(
            Path directory, SpecialTokenNames names, @Nullable TokenizerJsonReader reader) {
        Path path = directory.resolve(VOCABULARY);
        if (reader == null) {
            return Vocabulary.read(path, names);
        }
        Vocabulary vocabulary = reader.vocabulary();
        if (Files.exists(path)) {
            expectEqual(vocabulary, Vocabulary.read(path, names), path);
        }
        return vocabulary;
    }

    private static void expectEqual(Vocabulary ofJson, Vocabulary ofText, Path path) {
        if (ofJson.equals(ofText)) {
            return;
        }
        int id = 0;
        while (token(ofJson, id).equals(token(ofText, id))) {
            id++;
        }
        throw new CorpusException(
                path + ": Expected the vocabulary of " + TOKENIZER + " beside it. Received: token " + id
                        + " is " + token(ofText, id) + " here and " + token(ofJson, id) + " there, of " + ofText.size()
                        + " and "
                        + ofJson.size() + " tokens. Remove the file that is not the model's.");
    }

    private static String token(Vocabulary vocabulary, int id) {
        return id < vocabulary.size() ? "\"" + vocabulary.token(id) + "\"" : "none";
    }

    private static TokenizerConfig settings(SettingsFile config, @Nullable TokenizerJsonReader reader) {
        String kind = config.fields().path(CLASS).asText("");
        if (!BERT_CLASSES.contains(kind) && !GENERIC_CLASSES.contains(kind)) {
            throw config.damaged("the class BertTokenizer", CLASS + " " + kind, null);
        }
        if (GENERIC_CLASSES.contains(kind) && reader == null) {
            throw config.damaged(TOKENIZER + " beside it, which the class " + kind + " needs", "no such file", null);
        }
        boolean hasSettings = Files.exists(config.path()) && BERT_CLASSES.contains(kind);
        if (reader != null && !hasSettings) {
            return reader.config();
        }
        TokenizerConfig settings = new TokenizerConfig(
                config.flag(LOWER_CASE, true), config.flag(STRIP_ACCENTS), config.flag(CHINESE_CHARS, true));
        if (reader != null && !settings.equals(reader.config())) {
            LOG.warn(
                    "{} says {}, {} beside it {}; as in transformers, the first counts",
                    config.path(),
                    settings,
                    TOKENIZER,
                    reader.config());
        }
        return settings;
    }

    private static ObjectNode config(BertTokenizer tokenizer, int maximumLength) {
        TokenizerConfig config = tokenizer.config();
        SpecialTokenNames names = tokenizer.vocabulary().specialTokens();
        return JsonNodeFactory.instance
                .objectNode()
                .put(CLASS, "BertTokenizer")
                .put("model_max_length", maximumLength)
                .put(LOWER_CASE, config.doLowerCase())
                .put(STRIP_ACCENTS, config.stripAccents())
                .put(CHINESE_CHARS, config.tokenizeChineseChars())
                .put("pad_token", names.pad())
                .put("unk_token", names.unk())
                .put("cls_token", names.cls())
                .put("sep_token", names.sep())
                .put("mask_token", names.mask());
    }
}
