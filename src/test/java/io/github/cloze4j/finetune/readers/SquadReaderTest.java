package io.github.cloze4j.finetune.readers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.corpus.records.SourceLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SquadReaderTest {
    private static final SquadReader READER = new SquadReader(ReadOptions.DEFAULT);

    @TempDir
    Path directory;

    private Path write(String json) throws IOException {
        return Files.writeString(directory.resolve("squad.json"), json);
    }

    private static String paragraph(String context, String... questions) {
        return "{\"version\":\"v2.0\",\"data\":[{\"title\":\"t\",\"paragraphs\":[{\"qas\":["
                + String.join(",", questions)
                + "],\"context\":\"" + context + "\"}]}]}";
    }

    private static String question(String id, String text, int start) {
        return "{\"id\":\"" + id + "\",\"question\":\"?\",\"answers\":[{\"text\":\"" + text + "\",\"answer_start\":"
                + start + "}]}";
    }

    @Test
    void questionsOfBothVersionsAreRead() throws IOException {
        Path file = write("""
                {"version": "v2.0", "data": [{"title": "Ann", "paragraphs": [
                  {"qas": [
                    {"question": "Who met Bob?", "id": "1", "is_impossible": false,
                     "answers": [{"text": "Ann", "answer_start": 0}, {"answer_start": 0, "text": "Ann Lee"}]},
                    {"plausible_answers": [{"text": "Bob", "answer_start": 12}], "question": "Who met Eve?", "id": "2",
                     "answers": [], "is_impossible": true}],
                   "context": "Ann Lee met Bob."},
                  {"context": "x y", "qas": [{"id": 3, "question": " y?", "answers": []}], "id": "P"}]}]}
                """);

        QuestionData data = READER.answered(file);

        String name = file.toString();
        String context = "Ann Lee met Bob.";
        assertEquals(
                new QuestionData(
                        List.of(
                                new Question(
                                        "1",
                                        "Who met Bob?",
                                        context,
                                        List.of(new Span(0, 3), new Span(0, 7)),
                                        false,
                                        new SourceLine(name, 3)),
                                new Question("2", "Who met Eve?", context, List.of(), true, new SourceLine(name, 5)),
                                new Question("3", " y?", "x y", List.of(), true, new SourceLine(name, 8))),
                        0),
                data);
    }

    @Test
    void offsetsCountCodePoints() throws IOException {
        Path file = write(paragraph("😀😀 范廷颂是越南枢机 😀", question("1", "范廷颂", 3), question("2", "😀", 12)));

        List<Question> questions = READER.answered(file).questions();

        assertEquals(List.of(new Span(5, 8)), questions.get(0).answers());
        assertEquals(List.of(new Span(14, 16)), questions.get(1).answers());
    }

    @Test
    void anAnswerBesideItsOffsetIsMovedToTheNearestPlace() throws IOException {
        Path file = write(paragraph(
                "a b a b a",
                question("1", "b", 2),
                question("2", "b", 5),
                question("3", "b", 4),
                question("4", "a", -1),
                question("5", "a", 99)));

        QuestionData data = READER.answered(file);

        assertEquals(
                List.of(2, 6, 2, 0, 8),
                data.questions().stream()
                        .map(question -> question.answers().get(0).start())
                        .toList());
        assertEquals(4, data.movedAnswers());
    }

    @Test
    void questionsToPredictNeedNoAnswers() throws IOException {
        Path file = write("\uFEFF"
                + paragraph(
                        "a", "{\"id\":\"1\",\"question\":\"?\"}", "{\"id\":\"2\",\"question\":\"?\",\"answers\":[]}"));

        List<Question> questions = READER.questions(file).questions();

        assertTrue(questions.get(0).answers().isEmpty());
        assertFalse(questions.get(0).unanswerable());
        assertTrue(questions.get(1).unanswerable());
    }
}
