package io.github.cloze4j.finetune.runs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Rewriting of old English as modern English: the source is a verse of the King James Version, the target the same verse of the World English Bible. A
 * chapter is in one part. Both texts are in lower case, because the models of the runs are, and without quotation marks, which only the modern text has and which often
 * open in one verse and close in another. Verses that only one of the two has are left out, and so are those of which one text is more than
 * {@value #LONGEST} times as long as the other: their numbers differ.
 */
final class VersePairs {
    static final double LONGEST = 2.5;
    private static final String MODULES = "usr/share/sword/modules/texts/ztext/";
    /** Quotation marks: not the apostrophe within a word or after one. */
    private static final Pattern QUOTATION_MARKS = Pattern.compile("[“”‘\"]|(?<![\\p{L}])’");

    private VersePairs() {}

    static Map<Part, List<TextPair>> build(Map<String, String> old, Map<String, String> modern, long seed) {
        List<TextPair> pairs = new ArrayList<>();
        old.forEach((verse, text) -> {
            String source = plain(text);
            String target = plain(modern.getOrDefault(verse, ""));
            double ratio = (double) source.length() / target.length();
            if (!source.isEmpty() && ratio < LONGEST && ratio > 1 / LONGEST) {
                pairs.add(new TextPair(verse.substring(0, verse.lastIndexOf('.')), source, target));
            }
        });
        return TextPair.split(seed, pairs);
    }

    static String plain(String text) {
        return QUOTATION_MARKS
                .matcher(text)
                .replaceAll("")
                .replace('’', '\'')
                .replaceAll("\\s+", " ")
                .strip()
                .toLowerCase(Locale.ROOT)
                .replace("æ", "ae");
    }

    private static Map<String, String> module(String debianPackage, String name) {
        Path files = DebianPackage.files(debianPackage);
        return SwordModule.verses(files.resolve(MODULES + name));
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<Part, List<TextPair>> parts =
                build(module("sword-text-kjv", "engKJV2006eb"), module("sword-text-web", "engWEB2015eb"), to.seed());
        DataFiles.writePairs(to.directory(), parts);
        System.out.print(Summary.ofPairs(parts));
    }
}
