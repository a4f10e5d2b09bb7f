package io.github.cloze4j.finetune.runs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The synsets of WordNet 3.1, from its Maven artefact on the class path; wndb(5WN) describes the files. */
final class WordNet {
    private static final String DIRECTORY = "/net/sf/extjwnl/data/wordnet/wn31/data.";
    private static final String GLOSS = " | ";
    private static final Pattern BLANKS = Pattern.compile(" +");
    private static final Pattern MARKER = Pattern.compile("\\((p|a|ip)\\)$");
    private static final Pattern EXAMPLE = Pattern.compile("\"([^\"]+)\"");
    private static final int WORDS = 4;
    private static final int POINTER_FIELDS = 4;
    private static final int HEXADECIMAL = 16;

    /** Names of the lexicographer files by their number. */
    private static final List<String> LEXICOGRAPHER_FILES = List.of(
            "adj.all",
            "adj.pert",
            "adv.all",
            "noun.Tops",
            "noun.act",
            "noun.animal",
            "noun.artifact",
            "noun.attribute",
            "noun.body",
            "noun.cognition",
            "noun.communication",
            "noun.event",
            "noun.feeling",
            "noun.food",
            "noun.group",
            "noun.location",
            "noun.motive",
            "noun.object",
            "noun.person",
            "noun.phenomenon",
            "noun.plant",
            "noun.possession",
            "noun.process",
            "noun.quantity",
            "noun.relation",
            "noun.shape",
            "noun.state",
            "noun.substance",
            "noun.time",
            "verb.body",
            "verb.change",
            "verb.cognition",
            "verb.communication",
            "verb.competition",
            "verb.consumption",
            "verb.contact",
            "verb.creation",
            "verb.emotion",
            "verb.motion",
            "verb.perception",
            "verb.possession",
            "verb.social",
            "verb.stative",
            "verb.weather",
            "adj.ppl");

    private WordNet() {}

    /**
     * A relation of a synset.
     *
     * @param symbol the kind of relation, such as {@code @} for a hypernym
     * @param target the key of the other synset
     */
    record Pointer(String symbol, String target) {}

    /**
     * A synset.
     *
     * @param key the file and the offset, such as {@code noun 00001740}
     * @param lexicographerFile the class, such as {@code noun.animal}
     * @param lemmas the words, with blanks in the place of underscores
     * @param definition the gloss without its examples
     * @param examples the sentences between quotes in the gloss
     * @param pointers the relations
     */
    record Synset(
            String key,
            String lexicographerFile,
            List<String> lemmas,
            String definition,
            List<String> examples,
            List<Pointer> pointers) {
        /** noun, verb, adj or adv. */
        String partOfSpeech() {
            return key.substring(0, key.indexOf(' '));
        }
    }

    /** All synsets in the order of the files: nouns, verbs, adjectives, adverbs. */
    static List<Synset> synsets() {
        List<Synset> synsets = new ArrayList<>();
        for (String file : List.of("noun", "verb", "adj", "adv")) {
            InputStream bytes = Objects.requireNonNull(WordNet.class.getResourceAsStream(DIRECTORY + file), file);
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    // Lines of the licence begin with blanks.
                    if (!line.startsWith(" ")) {
                        synsets.add(synset(file, line));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return synsets;
    }

    static Synset synset(String file, String line) {
        int bar = line.indexOf(GLOSS);
        String[] fields = BLANKS.split(line.substring(0, bar));
        String gloss = line.substring(bar + GLOSS.length()).strip();
        int words = Integer.parseInt(fields[WORDS - 1], HEXADECIMAL);
        List<String> lemmas = new ArrayList<>();
        for (int i = 0; i < words; i++) {
            String lemma = MARKER.matcher(fields[WORDS + 2 * i]).replaceFirst("");
            lemmas.add(lemma.replace('_', ' '));
        }
        int at = WORDS + 2 * words;
        int count = Integer.parseInt(fields[at++]);
        List<Pointer> pointers = new ArrayList<>();
        for (int i = 0; i < count; i++, at += POINTER_FIELDS) {
            pointers.add(new Pointer(fields[at], fileOf(fields[at + 2]) + " " + fields[at + 1]));
        }
        return new Synset(
                file + " " + fields[0],
                LEXICOGRAPHER_FILES.get(Integer.parseInt(fields[1])),
                lemmas,
                definition(gloss),
                examples(gloss),
                pointers);
    }

    private static String fileOf(String letter) {
        return switch (letter) {
            case "n" -> "noun";
            case "v" -> "verb";
            case "a", "s" -> "adj";
            case "r" -> "adv";
            default -> throw new IllegalArgumentException(letter);
        };
    }

    private static String definition(String gloss) {
        Matcher example = EXAMPLE.matcher(gloss);
        String definition = example.find() && example.start() > 0 ? gloss.substring(0, example.start()) : gloss;
        return definition.replaceAll("[;:, ]+$", "").replaceAll("\\s+", " ").strip();
    }

    private static List<String> examples(String gloss) {
        List<String> examples = new ArrayList<>();
        Matcher matcher = EXAMPLE.matcher(gloss);
        while (matcher.find()) {
            String example = matcher.group(1).replaceAll("\\s+", " ").strip();
            if (matcher.start() > 0 && !example.isEmpty()) {
                examples.add(example);
            }
        }
        return examples;
    }
}
