package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.WordNet.Synset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Definition → word: the source is the definition of a noun in WordNet, the target a word of its synset. Words are lemmas of lower-case letters a to z,
 * {@value #FEWEST_LETTERS} or more: no names and no terms of several words. Every word is drawn into one part. A synset whose words are all in one part is in that part; one with
 * words of several parts is left out, and so is a training or validation definition that a later part has too. Held-out words are thus never an answer in training.
 */
final class DefinedWords {
    static final int FEWEST_LETTERS = 3;
    /** Words of the examples of docs/generation.md, which are in the test part whatever the seed is. */
    static final Set<String> EXAMPLES = Set.of("elephant", "library", "hammer", "baker");

    private static final Pattern WORD = Pattern.compile("[a-z]{" + FEWEST_LETTERS + ",}");

    private DefinedWords() {}

    /**
     * A definition with its right answers.
     *
     * @param words one or more, the most usual one first
     */
    record Definition(String text, List<String> words) {}

    static Map<Part, List<Definition>> build(List<Synset> synsets, long seed) {
        Map<Part, Map<String, Set<String>>> words = new LinkedHashMap<>();
        List.of(Part.TEST, Part.VALIDATION, Part.TRAIN).forEach(part -> words.put(part, new LinkedHashMap<>()));
        for (Synset synset : synsets) {
            List<String> lemmas = synset.lemmas().stream()
                    .filter(lemma -> WORD.matcher(lemma).matches())
                    .distinct()
                    .toList();
            List<Part> parts =
                    lemmas.stream().map(lemma -> part(seed, lemma)).distinct().toList();
            if (synset.partOfSpeech().equals("noun") && parts.size() == 1) {
                // Two synsets may have one definition: the words of both are right.
                words.getOrDefault(parts.get(0), Map.of())
                        .merge(synset.definition(), new LinkedHashSet<>(lemmas), (one, other) -> {
                            one.addAll(other);
                            return one;
                        });
            }
        }
        Map<Part, List<Definition>> result = new LinkedHashMap<>();
        Set<String> heldOut = new HashSet<>();
        words.forEach((part, itsWords) -> {
            List<Definition> definitions = new ArrayList<>();
            itsWords.forEach((text, answers) -> {
                if (!heldOut.contains(text)) {
                    definitions.add(new Definition(text, List.copyOf(answers)));
                }
            });
            heldOut.addAll(itsWords.keySet());
            result.put(part, LeakFreeSplit.shuffled(seed, part, definitions));
        });
        return result;
    }

    static Part part(long seed, String word) {
        return EXAMPLES.contains(word) ? Part.TEST : LeakFreeSplit.part(seed, "word " + word);
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<Part, List<Definition>> parts = build(WordNet.synsets(), to.seed());
        DataFiles.writeDefinitions(to.directory(), parts);
        System.out.print(Summary.ofDefinitions(parts));
    }
}
