package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.finetune.runs.WordAnswers.Question;
import io.github.cloze4j.pretrained.onnx.PublishedEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The real runs of docs/generation.md, by the commands that stand there. Bounds leave room for other processors. */
@Tag("real-runs")
class GenerationRunsTest {
    private static final int HELD_OUT = 500;
    private static final int VALIDATION = 200;

    /** The answers of a list in JSON, which has as many for each question. */
    private static List<List<String>> grouped(JsonNode texts, int questions) {
        List<List<String>> answers = new ArrayList<>();
        int each = texts.size() / questions;
        for (int i = 0; i < texts.size(); i++) {
            if (i % each == 0) {
                answers.add(new ArrayList<>());
            }
            answers.get(i / each).add(texts.get(i).get("text").textValue());
        }
        return answers;
    }

    private static JsonNode rewrite(String run, DataSet data, Path model, String... options)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(
                "--train",
                data.file(Part.TRAIN).toString(),
                "--validation",
                data.first(Part.VALIDATION, VALIDATION).toString(),
                "--test",
                data.first(Part.TEST, HELD_OUT).toString(),
                "--evaluations",
                "2",
                "--precision",
                "auto"));
        all.addAll(List.of(options));
        return CommandRun.finetune(run, "seq2seq", model, all);
    }

    private static void assertBetterThanCopying(double bound, JsonNode result) {
        double chrf = result.at("/test_metrics/chrf").asDouble(Double.NaN);
        double copy = result.at("/test_copy_baseline/chrf").asDouble(Double.NaN);
        assertTrue(chrf >= bound, "chrF is " + chrf + ", below " + bound);
        assertTrue(copy < bound, "copying the source has " + copy + ", not below " + bound);
    }

    @Test
    void glossesTeachTheNextWord() throws IOException, InterruptedException {
        Path model = RunDirectory.output("next-word");
        CommandRun.delete(model);
        DataSet data = DataSet.GLOSS_TEXTS;
        CommandRun.json(List.of(
                "pretrain",
                "--objective",
                "clm",
                "--corpus",
                data.file(Part.TRAIN).toString(),
                "--validation",
                data.file(Part.VALIDATION).toString(),
                "--steps",
                "1000",
                "--output",
                model.toString()));
        JsonNode scores = CommandRun.json(List.of(
                "evaluate",
                "--model",
                model.toString(),
                "--corpus",
                data.file(Part.TEST).toString()));
        System.out.println("RUN next-word " + scores);
        double bits = scores.at("/bits_per_character").asDouble(Double.NaN);
        assertTrue(bits <= 1.9, "a character takes " + bits + " bits");
        JsonNode text = CommandRun.json(
                List.of("generate", "--model", model.toString(), "a large animal", "--temperature", "0.7"));
        System.out.println("RUN next-word " + text);
        assertTrue(text.at("/texts/0/text").textValue().length() > 10, text.toString());
    }

    @Test
    void definitionsNameTheirWords() throws IOException, InterruptedException {
        Path base = RunDirectory.bertBase();
        DataSet data = DataSet.DEFINED_WORDS;
        rewrite("defined-words", data, base, "--lr", "5e-5", "--seq-len", "64", "--steps", "600");
        Path test = data.first(Part.TEST, HELD_OUT);
        List<Question> questions = WordAnswers.questions(test);
        JsonNode texts = CommandRun.json(List.of(
                        "generate",
                        "--model",
                        RunDirectory.output("defined-words").toString(),
                        "--input",
                        test.toString(),
                        "--num-beams",
                        Integer.toString(WordAnswers.MOST),
                        "--samples",
                        Integer.toString(WordAnswers.MOST),
                        "--max-new-tokens",
                        "8"))
                .get("texts");
        assertEquals(WordAnswers.MOST * HELD_OUT, texts.size());
        WordAnswers answers = WordAnswers.of(questions, grouped(texts, questions.size()));
        WordAnswers masks = WordAnswers.of(questions, masks(base, questions));
        System.out.println("RUN defined-words " + answers + ", by fill-mask " + masks);
        assertTrue(answers.top1() >= 0.08 && answers.top10() >= 0.17, answers.toString());
        assertTrue(masks.top1() < 0.08 && masks.top10() < 0.17, masks.toString());
    }

    /** What the model that the run begins with puts into "a [MASK] is" and the definition: words of one token only. */
    private static List<List<String>> masks(Path model, List<Question> questions)
            throws IOException, InterruptedException {
        Path prompts = RunDirectory.data("defined_words").resolve("masks.txt");
        DataSet.writeLines(
                prompts,
                questions.stream()
                        .map(question -> "a [MASK] is " + question.definition() + ".")
                        .toList());
        List<List<String>> answers = new ArrayList<>();
        CommandRun.json(List.of(
                        "fill-mask",
                        "--model",
                        model.toString(),
                        "--input",
                        prompts.toString(),
                        "--top-k",
                        Integer.toString(WordAnswers.MOST)))
                .get("texts")
                .forEach(text -> answers.add(text.at("/predictions/0").findValuesAsText("token")));
        return answers;
    }

    @Test
    void oldVersesBecomeModern() throws IOException, InterruptedException {
        Path model = RunDirectory.published(PublishedEncoder.ALL_MINILM_L6_V2);
        String[] options = {"--lr", "3e-4", "--seq-len", "192", "--steps", "1500"};
        assertBetterThanCopying(70, rewrite("verses", DataSet.VERSES, model, options));
    }

    @Test
    void chineseVersesBecomeEnglish() throws IOException, InterruptedException {
        Path model = RunDirectory.published(PublishedEncoder.BGE_SMALL_ZH_V15);
        String[] options = {"--lr", "3e-4", "--seq-len", "160", "--steps", "400"};
        assertBetterThanCopying(20, rewrite("chinese-verses", DataSet.CHINESE_VERSES, model, options));
    }
}
