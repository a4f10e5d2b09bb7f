package io.github.cloze4j.finetune.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Scores of answers to definitions: a definition counts if one of the first answers is one of its words.
 *
 * @param top1 the share of definitions whose first answer is right
 * @param top10 the share of definitions with a right answer among the first {@value #MOST}
 */
record WordAnswers(double top1, double top10) {
    /** The answers to a definition that are counted. */
    static final int MOST = 10;

    /** A definition of a file that {@link DefinedWords} has written. */
    record Question(String definition, Set<String> words) {}

    static List<Question> questions(Path file) throws IOException {
        List<Question> questions = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode row = new ObjectMapper().readTree(line);
            Set<String> words = new HashSet<>();
            row.get("words").forEach(word -> words.add(word.textValue()));
            questions.add(new Question(row.get("source").textValue(), words));
        }
        return questions;
    }

    /** @param answers the answers to each question, the best first */
    static WordAnswers of(List<Question> questions, List<List<String>> answers) {
        if (questions.size() != answers.size()) {
            throw new IllegalArgumentException("Expected answers to " + questions.size() + " questions. Received: "
                    + answers.size() + ". Answer each question once");
        }
        int first = 0;
        int any = 0;
        for (int i = 0; i < answers.size(); i++) {
            Set<String> right = questions.get(i).words;
            List<String> its =
                    answers.get(i).subList(0, Math.min(MOST, answers.get(i).size()));
            first += !its.isEmpty() && right.contains(its.get(0)) ? 1 : 0;
            any += its.stream().anyMatch(right::contains) ? 1 : 0;
        }
        return new WordAnswers((double) first / answers.size(), (double) any / answers.size());
    }
}
