package io.github.cloze4j.finetune.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Translation from Chinese into English: the verses of the Quran in the translations of Muhammad Makin and of Saheeh International. Each verse is a group of its own;
 * verses with more than {@value #LONGEST} Chinese characters are left out. The English text is in lower case and without the brackets around words that
 * the translators added, and without quotation marks.
 */
final class ChineseVerses {
    static final String ARCHIVE = "quran-json-3.1.2.tgz";
    static final int LONGEST = 100;
    private static final String FILES = "package/dist/quran_";
    private static final String CHINESE = FILES + "zh.json";
    private static final String ENGLISH = FILES + "en.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private ChineseVerses() {}

    /**
     * @param chinese the chapters with their verses and translations, as JSON
     * @param english the same chapters
     */
    static Map<Part, List<TextPair>> build(String chinese, String english, long seed) {
        Map<String, String> translations = new HashMap<>();
        verses(english).forEach(verse -> translations.put(verse.group(), verse.target()));
        List<TextPair> pairs = new ArrayList<>();
        for (TextPair verse : verses(chinese)) {
            String source = verse.target().strip();
            String target = VersePairs.plain(
                    translations.getOrDefault(verse.group(), "").replaceAll("[\\[\\]]", ""));
            if (!source.isEmpty() && !target.isEmpty() && source.length() <= LONGEST) {
                pairs.add(new TextPair(verse.group(), source, target));
            }
        }
        return TextPair.split(seed, pairs);
    }

    /** The verses of a file: chapter and number, the Arabic text, the translation. */
    private static List<TextPair> verses(String chapters) {
        try {
            List<TextPair> verses = new ArrayList<>();
            for (JsonNode chapter : JSON.readTree(chapters)) {
                for (JsonNode verse : chapter.get("verses")) {
                    verses.add(new TextPair(
                            chapter.get("id").asInt() + "." + verse.get("id").asInt(),
                            verse.get("text").textValue(),
                            verse.get("translation").textValue()));
                }
            }
            return verses;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<String, String> files = NpmPackage.read(ARCHIVE, name -> name.equals(CHINESE) || name.equals(ENGLISH));
        Map<Part, List<TextPair>> parts =
                build(files.getOrDefault(CHINESE, ""), files.getOrDefault(ENGLISH, ""), to.seed());
        DataFiles.writePairs(to.directory(), parts);
        System.out.print(Summary.ofPairs(parts));
    }
}
