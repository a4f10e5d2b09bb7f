package io.github.cloze4j.data.shards;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.SpecialTokenNames;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Which tokenizer made token ids: two of one identity make the same ids of any text.
 *
 * @param vocabularySize ids lie in {@code [0, vocabularySize)}
 * @param vocabularySha256 the SHA-256 of the vocabulary's text and of what {@link BertTokenizer#furtherSettings} tells, in
 *     lower-case hexadecimal
 * @param config how text becomes words; {@code stripAccents} is null where it is as {@code doLowerCase}
 * @param specialTokens how the vocabulary spells them
 */
public record TokenizerIdentity(
        int vocabularySize, String vocabularySha256, TokenizerConfig config, SpecialTokenNames specialTokens) {
    private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

    /** Checks the vocabulary's size and checksum. */
    public TokenizerIdentity {
        if (vocabularySize < 1 || !SHA_256.matcher(vocabularySha256).matches()) {
            throw new IllegalArgumentException("Expected a vocabulary of at least 1 token and its SHA-256 in lower-case"
                    + " hexadecimal. Received: " + vocabularySize + " tokens, '" + vocabularySha256 + "'");
        }
        boolean asLowerCase = config.stripsAccents() == config.doLowerCase();
        config = new TokenizerConfig(
                config.doLowerCase(), asLowerCase ? null : config.stripAccents(), config.tokenizeChineseChars());
        Objects.requireNonNull(specialTokens);
    }

    /** That of a tokenizer. */
    public static TokenizerIdentity of(BertTokenizer tokenizer) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        return new TokenizerIdentity(
                vocabulary.size(), sha256(tokenizer), tokenizer.config(), vocabulary.specialTokens());
    }

    private static String sha256(BertTokenizer tokenizer) {
        try {
            String described = tokenizer.vocabulary().toText() + tokenizer.furtherSettings();
            byte[] text = described.getBytes(StandardCharsets.UTF_8);
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java platform has SHA-256", e);
        }
    }

    /** This tokenizer's settings that differ from the other's, named as in {@code tokenizer_config.json}; empty if all agree. */
    String differenceFrom(TokenizerIdentity other) {
        List<String> differences = new ArrayList<>();
        if (!vocabularySha256.equals(other.vocabularySha256)) {
            differences.add("a vocabulary of " + vocabularySize
                    + " tokens, with its added tokens and further settings of the SHA-256 " + vocabularySha256);
        }
        if (config.doLowerCase() != other.config.doLowerCase()) {
            differences.add("do_lower_case " + config.doLowerCase());
        }
        if (config.stripsAccents() != other.config.stripsAccents()) {
            differences.add("strip_accents " + config.stripsAccents());
        }
        if (config.tokenizeChineseChars() != other.config.tokenizeChineseChars()) {
            differences.add("tokenize_chinese_chars " + config.tokenizeChineseChars());
        }
        if (!specialTokens.equals(other.specialTokens)) {
            differences.add("special tokens " + String.join(" ", specialTokens.all()));
        }
        return String.join(", ", differences);
    }
}
