package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.DataFiles.Sentence;
import io.github.cloze4j.finetune.runs.WordNet.Synset;
import io.github.cloze4j.finetune.runs.Words.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Supersense tagging, derived from WordNet: the sentences are the examples of synsets. The first place of the synset's lemma is
 * tagged {@code B-} and {@code I-} with the synset's lexicographer file, all other words {@code O}. A sentence that is the example of
 * several synsets is one record with all their tags. Sentences without their lemma and sentences with a tag that fewer than {@value #FEWEST} words have are left out. All sentences of a lemma are in
 * one part.
 */
final class SupersenseTags {
    private static final String OUTSIDE = "O";
    /** The fewest words of a tag. */
    private static final int FEWEST = 30;

    private SupersenseTags() {}

    /** A sentence with the lemmas that are tagged in it. */
    private static final class Tagged {
        private final Words words;
        private final String[] tags;
        private final Set<String> keys = new TreeSet<>();

        Tagged(String text) {
            words = Words.of(text);
            tags = new String[words.words().size()];
            Arrays.fill(tags, OUTSIDE);
        }

        void tag(Synset synset) {
            Place place = words.first(synset.lemmas(), synset.partOfSpeech());
            if (place == null
                    || Arrays.stream(tags, place.first(), place.end()).anyMatch(tag -> !tag.equals(OUTSIDE))) {
                return;
            }
            keys.add("lemma " + words.at(place).toLowerCase(Locale.ROOT));
            for (String lemma : synset.lemmas()) {
                if (!words.places(lemma, synset.partOfSpeech()).isEmpty()) {
                    keys.add("lemma " + lemma.toLowerCase(Locale.ROOT));
                }
            }
            for (int i = place.first(); i < place.end(); i++) {
                tags[i] = (i == place.first() ? "B-" : "I-") + synset.lexicographerFile();
            }
        }

        Sentence sentence() {
            return new Sentence(words.words(), List.of(tags));
        }
    }

    static Map<Part, List<Sentence>> build(List<Synset> synsets, long seed) {
        Map<String, Tagged> sentences = new LinkedHashMap<>();
        for (Synset synset : synsets) {
            for (String example : synset.examples()) {
                sentences.computeIfAbsent(example, Tagged::new).tag(synset);
            }
        }
        List<Tagged> tagged = new ArrayList<>(sentences.values());
        tagged.removeIf(sentence -> sentence.keys.isEmpty());
        Map<Part, List<Sentence>> parts = new LinkedHashMap<>();
        LeakFreeSplit.of(seed, DataFiles.withoutRareTags(tagged, Tagged::sentence, FEWEST), sentence -> sentence.keys)
                .forEach((part, list) ->
                        parts.put(part, list.stream().map(Tagged::sentence).toList()));
        return parts;
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<Part, List<Sentence>> parts = build(WordNet.synsets(), to.seed());
        DataFiles.writeConll(to.directory(), parts);
        System.out.print(Summary.ofSentences(parts));
    }
}
