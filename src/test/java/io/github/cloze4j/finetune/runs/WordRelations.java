package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.DataFiles.LabelledText;
import io.github.cloze4j.finetune.runs.WordNet.Pointer;
import io.github.cloze4j.finetune.runs.WordNet.Synset;
import io.github.cloze4j.finetune.runs.Words.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Relations between two marked words, derived from WordNet: the text is the first lemma of a synset, a colon and the definition,
 * with tags around the lemma and around a word of the definition that is a lemma of a related synset. A synset gives one
 * record at most, of the rarest relation that it has. The relation {@code none} marks a word that other records mark too and that
 * is in no synset related to any sense of the lemma, hypernyms of hypernyms included. A relation has {@value #MOST} records at
 * most. All records of a first word are in one part, and so are all records of a second word.
 */
final class WordRelations {
    /** The most records of a relation; hypernyms would outweigh all others. */
    private static final int MOST = 6_000;

    private static final String NONE = "none";

    /** Relations by the symbol of their pointers, the rarest first. The relation is that of the first word to the second. */
    private static final Map<String, String> RELATIONS = new LinkedHashMap<>();

    static {
        RELATIONS.put("#s", "substance-of");
        RELATIONS.put("%s", "has-substance");
        RELATIONS.put("!", "antonym");
        RELATIONS.put("%p", "has-part");
        RELATIONS.put("%m", "has-member");
        RELATIONS.put("&", "similar");
        RELATIONS.put("#m", "member-of");
        RELATIONS.put(";c", "topic");
        RELATIONS.put("\\", "pertains-to");
        RELATIONS.put("#p", "part-of");
        RELATIONS.put("@i", "instance-of");
        RELATIONS.put("@", "hypernym");
    }

    private final Map<String, Synset> synsets = new HashMap<>();
    private final Map<String, List<Synset>> synsetsOfLemma = new HashMap<>();

    private WordRelations(List<Synset> all) {
        for (Synset synset : all) {
            synsets.put(synset.key(), synset);
            for (String lemma : synset.lemmas()) {
                synsetsOfLemma
                        .computeIfAbsent(lower(lemma), key -> new ArrayList<>())
                        .add(synset);
            }
        }
    }

    /**
     * A record.
     *
     * @param head the first word, which is the lemma of the definition
     * @param word the second word in lower case, as WordNet has it
     * @param marked the second word as the definition has it
     */
    private record Pair(String head, String word, String marked, LabelledText text) {
        List<String> keys() {
            return List.of("word " + word, "word " + lower(marked), "head " + lower(head));
        }
    }

    static Map<Part, List<LabelledText>> build(List<Synset> all, long seed) {
        List<Pair> pairs = new WordRelations(all).pairs(all, seed);
        Map<Part, List<LabelledText>> parts = new LinkedHashMap<>();
        LeakFreeSplit.of(seed, pairs, Pair::keys)
                .forEach((part, list) ->
                        parts.put(part, list.stream().map(Pair::text).toList()));
        return parts;
    }

    private List<Pair> pairs(List<Synset> all, long seed) {
        List<Pair> related = new ArrayList<>();
        List<Synset> others = new ArrayList<>();
        for (Synset synset : all) {
            int before = related.size();
            addRelated(synset, related);
            if (related.size() == before) {
                others.add(synset);
            }
        }
        List<Pair> kept = new ArrayList<>();
        related.stream()
                .collect(Collectors.groupingBy(pair -> pair.text.label()))
                .values()
                .forEach(pairs -> kept.addAll(atMost(pairs, seed)));
        Set<String> words = kept.stream().map(Pair::word).collect(Collectors.toCollection(TreeSet::new));
        List<Pair> unrelated = new ArrayList<>();
        others.forEach(synset -> addUnrelated(synset, words, seed, unrelated));
        kept.addAll(atMost(unrelated, seed));
        kept.sort(Comparator.comparing(pair -> pair.text.text()));
        return kept;
    }

    /** Some of the records, in an order that only their own text decides. */
    private static List<Pair> atMost(List<Pair> pairs, long seed) {
        return pairs.stream()
                .sorted(Comparator.comparingDouble(pair -> LeakFreeSplit.hash(seed + " kept " + pair.text.text())))
                .limit(MOST)
                .toList();
    }

    private void addRelated(Synset synset, List<Pair> pairs) {
        Words definition = Words.of(synset.definition());
        Map<String, Set<String>> labels = new LinkedHashMap<>();
        for (Pointer pointer : synset.pointers()) {
            Synset target = synsets.get(pointer.target());
            if (target != null) {
                for (String lemma : target.lemmas()) {
                    labels.computeIfAbsent(lower(lemma), key -> new TreeSet<>()).add(pointer.symbol());
                }
            }
        }
        for (String symbol : RELATIONS.keySet()) {
            for (Map.Entry<String, Set<String>> entry : labels.entrySet()) {
                String word = entry.getKey();
                boolean clear = entry.getValue().equals(Set.of(symbol))
                        && !synset.lemmas().contains(word);
                List<Place> places = clear ? definition.places(word, "noun") : List.of();
                if (!places.isEmpty()) {
                    pairs.add(pair(synset, definition, places.get(0), word, RELATIONS.getOrDefault(symbol, NONE)));
                    return;
                }
            }
        }
    }

    private void addUnrelated(Synset synset, Set<String> words, long seed, List<Pair> pairs) {
        Set<String> near =
                new HashSet<>(synset.lemmas().stream().map(WordRelations::lower).toList());
        for (String lemma : synset.lemmas()) {
            synsetsOfLemma.getOrDefault(lower(lemma), List.of()).forEach(sense -> addNear(sense, near));
        }
        Words definition = Words.of(synset.definition());
        List<Place> places = new ArrayList<>();
        for (int i = 0; i < definition.words().size(); i++) {
            String word = lower(definition.words().get(i));
            if (words.contains(word) && !near.contains(word)) {
                places.add(new Place(i, i + 1));
            }
        }
        if (!places.isEmpty()) {
            Place place = places.get((int) (LeakFreeSplit.hash(seed + " place " + synset.key()) * places.size()));
            String word = lower(definition.at(place));
            pairs.add(pair(synset, definition, place, word, NONE));
        }
    }

    /** Adds the lemmas of all synsets that a sense points to, and of all its hypernyms. */
    private void addNear(Synset sense, Set<String> near) {
        for (Pointer pointer : sense.pointers()) {
            Synset target = synsets.get(pointer.target());
            if (target != null) {
                target.lemmas().forEach(lemma -> near.add(lower(lemma)));
                if (pointer.symbol().startsWith("@")) {
                    addNear(target, near);
                }
            }
        }
    }

    private static Pair pair(Synset synset, Words definition, Place place, String word, String label) {
        String head = synset.lemmas().get(0);
        String text = definition.text();
        int start = definition.start(place);
        int end = definition.end(place);
        String tagged = "<e1>" + head + "</e1>: " + text.substring(0, start) + "<e2>" + text.substring(start, end)
                + "</e2>" + text.substring(end);
        return new Pair(head, word, definition.at(place), new LabelledText(tagged, label));
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<Part, List<LabelledText>> parts = build(WordNet.synsets(), to.seed());
        DataFiles.writeCsv(to.directory(), parts);
        System.out.print(Summary.ofTexts(parts));
    }
}
