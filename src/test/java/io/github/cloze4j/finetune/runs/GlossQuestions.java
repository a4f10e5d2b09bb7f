package io.github.cloze4j.finetune.runs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cloze4j.finetune.runs.WordNet.Synset;
import io.github.cloze4j.finetune.runs.Words.Place;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Extractive question answering, derived from WordNet: the question is the definition of a synset, the answer is its lemma in an
 * example sentence, the context is the examples of {@value #SYNSETS} synsets of one part of speech. In the form of SQuAD 2.0,
 * every context has {@value #UNANSWERABLE} more questions, whose answers are in the next context.
 */
final class GlossQuestions {
    static final int SYNSETS = 5;
    static final int UNANSWERABLE = 2;
    private static final ObjectMapper JSON = new ObjectMapper();

    private GlossQuestions() {}

    /**
     * A question.
     *
     * @param synset the synset that the question defines
     * @param text the examples as sentences
     * @param start the place of the answer in the text
     * @param end the place after the answer
     * @param keys the answer, the lemmas in the text, the definition and the examples
     */
    private record Item(Synset synset, String text, int start, int end, Set<String> keys) {}

    private static @Nullable Item item(Synset synset) {
        if (synset.examples().isEmpty()) {
            return null;
        }
        StringBuilder sentences = new StringBuilder();
        for (String example : synset.examples()) {
            boolean ended = ".!?".indexOf(example.charAt(example.length() - 1)) >= 0;
            sentences.append(sentences.length() > 0 ? " " : "").append(example).append(ended ? "" : ".");
        }
        Words words = Words.of(sentences.toString());
        Place place = words.first(synset.lemmas(), synset.partOfSpeech());
        if (place == null) {
            return null;
        }
        return new Item(synset, words.text(), words.start(place), words.end(place), keys(synset, words, place));
    }

    private static Set<String> keys(Synset synset, Words words, Place answer) {
        Set<String> keys = new TreeSet<>();
        keys.add("word " + words.at(answer).toLowerCase(Locale.ROOT));
        keys.add("definition " + synset.definition());
        synset.examples().forEach(example -> keys.add("example " + example));
        synset.lemmas().stream()
                .filter(lemma -> !words.places(lemma, synset.partOfSpeech()).isEmpty())
                .forEach(lemma -> keys.add("word " + lemma.toLowerCase(Locale.ROOT)));
        return keys;
    }

    /** Groups of items with different words and examples, of one part of speech. */
    private static List<List<Item>> contexts(List<Item> items) {
        List<List<Item>> complete = new ArrayList<>();
        Map<String, List<List<Item>>> open = new TreeMap<>();
        for (Item item : items) {
            List<List<Item>> groups = open.computeIfAbsent(item.synset.partOfSpeech(), name -> new ArrayList<>());
            List<Item> group = groups.stream()
                    .filter(candidate ->
                            candidate.stream().allMatch(other -> Collections.disjoint(item.keys, other.keys)))
                    .findFirst()
                    .orElseGet(() -> {
                        List<Item> fresh = new ArrayList<>();
                        groups.add(fresh);
                        return fresh;
                    });
            group.add(item);
            if (group.size() == SYNSETS) {
                groups.remove(group);
                complete.add(group);
            }
        }
        return complete;
    }

    /**
     * Builds the JSON of SQuAD for each part.
     *
     * @param unanswerable whether contexts have unanswerable questions too
     */
    static Map<Part, ObjectNode> build(List<Synset> synsets, long seed, boolean unanswerable) {
        List<Item> items = new ArrayList<>();
        for (Synset synset : synsets) {
            Item item = item(synset);
            if (item != null) {
                items.add(item);
            }
        }
        Map<Part, ObjectNode> parts = new TreeMap<>();
        LeakFreeSplit.of(seed, items, Item::keys).forEach((part, list) -> {
            ObjectNode root = JSON.createObjectNode().put("version", unanswerable ? "v2.0" : "1.1");
            ArrayNode paragraphs = root.putArray("data")
                    .addObject()
                    .put("title", "WordNet 3.1")
                    .putArray("paragraphs");
            List<List<Item>> contexts = contexts(list);
            for (int i = 0; i < contexts.size(); i++) {
                List<Item> next = unanswerable ? contexts.get((i + 1) % contexts.size()) : List.of();
                paragraphs.add(paragraph(contexts.get(i), next, unanswerable));
            }
            parts.put(part, root);
        });
        return parts;
    }

    private static ObjectNode paragraph(List<Item> group, List<Item> next, boolean unanswerable) {
        ObjectNode paragraph = JSON.createObjectNode();
        StringBuilder context = new StringBuilder();
        ArrayNode questions = paragraph.putArray("qas");
        for (Item item : group) {
            context.append(context.length() > 0 ? " " : "");
            int offset = context.codePointCount(0, context.length());
            context.append(item.text);
            ObjectNode question = question(questions, item, "");
            if (unanswerable) {
                question.put("is_impossible", false);
            }
            question.putArray("answers")
                    .addObject()
                    .put("text", item.text.substring(item.start, item.end))
                    .put("answer_start", offset + item.text.codePointCount(0, item.start));
        }
        Words words = Words.of(context.toString());
        next.stream()
                .filter(item -> words.first(item.synset.lemmas(), item.synset.partOfSpeech()) == null)
                .limit(UNANSWERABLE)
                .forEach(item -> question(questions, item, "-elsewhere")
                        .put("is_impossible", true)
                        .putArray("answers"));
        return paragraph.put("context", context.toString());
    }

    private static ObjectNode question(ArrayNode questions, Item item, String suffix) {
        return questions
                .addObject()
                .put("id", item.synset.key().replace(' ', '-') + suffix)
                .put("question", item.synset.definition());
    }

    /** Writes {@code v1} and {@code v2}: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        List<Synset> synsets = WordNet.synsets();
        for (boolean unanswerable : new boolean[] {false, true}) {
            String version = unanswerable ? "v2" : "v1";
            Map<Part, ObjectNode> parts = build(synsets, to.seed(), unanswerable);
            DataFiles.writeJson(to.directory().resolve(version), parts);
            parts.forEach((part, root) -> System.out.println(version + " " + part.fileName() + ": " + counts(root)));
        }
    }

    private static String counts(ObjectNode root) {
        int contexts = root.at("/data/0/paragraphs").size();
        int answers = root.findValuesAsText("answer_start").size();
        int questions = root.findValues("question").size();
        return contexts + " contexts, " + questions + " questions, " + (questions - answers) + " of them unanswerable";
    }
}
