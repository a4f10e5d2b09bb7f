package io.github.cloze4j.finetune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.finetune.metrics.AnswerRules;
import io.github.cloze4j.finetune.metrics.AnswerScores;
import io.github.cloze4j.finetune.metrics.AnsweredQuestion;
import io.github.cloze4j.finetune.readers.Question;
import io.github.cloze4j.finetune.readers.Span;
import io.github.cloze4j.inference.AnswerOptions;
import io.github.cloze4j.inference.AnswersFixture;
import io.github.cloze4j.inference.AnswersFixture.AskedQuestion;
import io.github.cloze4j.inference.QuestionAnswerer;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.ResultTable;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Questions with answers as examples, and a model that learns to answer them. */
class QuestionAnsweringDataTest {
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
    private static final List<String> WORDS =
            List.of("the", "quick", "brown", "jumped", "over", "lazy", "not", "do", ",", "?");
    private static final AnswerOptions OPTIONS = AnswerOptions.unanswerable(0).withLimit(TokenLimit.windows(16, 4));

    @TempDir
    private Path directory;

    private static Question question(String id, String context, @Nullable Span answer, boolean unanswerable) {
        return new Question(
                id,
                "do fox ?",
                context,
                answer == null ? List.of() : List.of(answer),
                unanswerable,
                new SourceLine("toy.json", 7));
    }

    /** Random contexts, most of them longer than a window. About two in three have a fox, which is the answer. */
    private static List<Question> questions(int count, long seed) {
        Random random = new Random(seed);
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> words = new ArrayList<>();
            for (int j = 4 + random.nextInt(20); j > 0; j--) {
                words.add(WORDS.get(random.nextInt(WORDS.size())));
            }
            boolean fox = random.nextInt(3) > 0;
            words.set(random.nextInt(words.size()), fox ? "Fox" : "dog");
            String context = String.join(" ", words);
            int at = context.indexOf("Fox");
            questions.add(question("q" + i, context, fox ? new Span(at, at + 3) : null, !fox));
        }
        return questions;
    }

    private static QuestionAnsweringData data(AnswerOptions options, AnswerRules rules, Question... questions) {
        return new QuestionAnsweringData(TOKENIZER, options, rules, List.of(questions), List.of(questions));
    }

    @Test
    void goldPositionsAreThoseOfTransformers() {
        for (AskedQuestion asked : AnswersFixture.questions()) {
            AnswerOptions options = AnswerOptions.unanswerable(0).withLimit(asked.limit());
            Question question = new Question(
                    "q",
                    asked.question(),
                    asked.context(),
                    asked.hasAnswer() ? List.of(new Span(asked.gold()[0], asked.gold()[1])) : List.of(),
                    !asked.hasAnswer(),
                    new SourceLine("questions.json", 1));
            List<LabelledTokens> examples = new QuestionAnsweringData(
                            AnswersFixture.tokenizer(), options, AnswerRules.SQUAD_V2, List.of(question), List.of())
                    .training();
            assertEquals(asked.windows().size(), examples.size());
            for (int i = 0; i < examples.size(); i++) {
                assertArrayEquals(
                        asked.windows().get(i).gold(), examples.get(i).targets().labels(), asked.question());
                assertEquals(
                        asked.windows().get(i).ids().length,
                        examples.get(i).targets().count());
            }
        }
    }

    @Test
    void aModelLearnsAndItsDirectoryGivesTheSameAnswers() {
        QuestionAnsweringData data = new QuestionAnsweringData(
                TOKENIZER, OPTIONS, AnswerRules.SQUAD_V2, questions(200, 1), questions(60, 2));
        BertConfig config = BertConfig.builder(TOKENIZER.vocabulary().size())
                .hiddenSize(32)
                .numHiddenLayers(1)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(16)
                .build();
        try (Bert model = new Bert(config, List.of(data.head().head()), KERNELS)) {
            model.initialize(5);
            Evaluation evaluation = trained(model, data);
            assertEquals(1.0, evaluation.metrics().get("exact"), evaluation.toString());
            assertEquals(1.0, evaluation.metrics().get("best_f1"), evaluation.toString());
            assertEquals(1.0, evaluation.metrics().get("no_answer_f1"), evaluation.toString());
            // The most frequent answer of the training data is "Fox".
            assertEquals(1.0, data.baseline().metrics().get("has_answer_f1"));
            assertEquals(0.0, data.baseline().metrics().get("no_answer_f1"));
            HeldOutAnswers answers = data.answers(model, () -> false).orElseThrow();
            assertEquals(1.0, answers.intervals(50, 1).get("exact").low());
            assertTrue(data.answers(model, () -> true).isEmpty());
            ModelDirectory.writeFineTuned(directory, model, data.head(), TOKENIZER, Map.of());
            List<QuestionAnswerer.Query> queries = List.of(
                    new QuestionAnswerer.Query("do fox ?", "the quick brown Fox jumped over the lazy dog"),
                    new QuestionAnswerer.Query("do fox ?", "the quick brown dog jumped over the lazy dog"));
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert read = stored.readFineTuned(KERNELS);
                    QuestionAnswerer after = new QuestionAnswerer(read, stored.tokenizer(), OPTIONS);
                    QuestionAnswerer before = new QuestionAnswerer(model, TOKENIZER, OPTIONS)) {
                assertEquals(
                        List.of("Fox", "no answer"),
                        after.answer(queries).stream()
                                .map(answer -> answer.best()
                                        .map(QuestionAnswerer.Span::text)
                                        .orElse("no answer"))
                                .toList());
                assertEquals(before.answer(queries), after.answer(queries));
            }
        }
    }

    private static Evaluation trained(Bert model, LabelledData data) {
        FineTuningTask task = new FineTuningTask(
                model, FineTuningConfig.of(8, 16), data, TOKENIZER.vocabulary().padId());
        TrainingConfig config =
                TrainingConfig.builder().epochs(6).learningRate(3e-3).build();
        try (Trainer trainer = new Trainer(task, config, null)) {
            return java.util.Objects.requireNonNull(trainer.run().evaluation());
        }
    }

    @Test
    void theReportShowsKindsThresholdsAndWorstErrors() {
        Question answered = question("a", "the Fox", new Span(4, 7), false);
        QuestionAnsweringData data = new QuestionAnsweringData(
                TOKENIZER,
                OPTIONS,
                AnswerRules.SQUAD_V2,
                List.of(answered),
                List.of(answered, question("b", "the dog", null, true)));
        List<AnsweredQuestion> given = List.of(
                new AnsweredQuestion(List.of("Fox"), "the fox", 0.25), new AnsweredQuestion(List.of(), "dog", -1));
        QuestionAnswers answers = new QuestionAnswers(
                AnswerScores.of(given, AnswerRules.SQUAD_V2),
                0,
                List.of(0.75, 0.5),
                List.copyOf(data.metricGoals().keySet()));
        List<ResultTable> tables = data.tables(answers);
        assertEquals(
                List.of(
                        List.of("with an answer", "0.000", "0.000", "1"),
                        List.of("without an answer", "0.000", "0.000", "1")),
                tables.get(0).rows());
        // Of two thresholds that are as good the lower one wins: it withholds both answers.
        assertEquals(
                List.of(
                        List.of("of this run", "0.000", "0.000", "0.000"),
                        List.of("best for exact", "-1.000", "0.500", "0.500"),
                        List.of("best for F1", "-1.000", "0.500", "0.500")),
                tables.get(1).rows());
        assertEquals(
                List.of(
                        List.of("Fox", "(no answer)", "0.750", "do fox ?"),
                        List.of("(no answer)", "dog", "0.500", "do fox ?")),
                tables.get(2).rows());
    }

    @Test
    void whatHappensToQuestionsIsCounted() {
        String long16 = "the quick brown fox jumped over the lazy dog , not do the quick brown dog";
        QuestionAnsweringData data = data(
                OPTIONS,
                AnswerRules.SQUAD_V2,
                question("in a window", "the fox", new Span(4, 7), false),
                // "jumped" is "jump" and "##ed"; "umpe" begins and ends inside of them.
                question("widened", "jumped", new Span(1, 5), false),
                question("longer than windows", long16, new Span(0, long16.length()), false),
                question("none", long16, null, true));
        assertEquals(new QuestionCounts(4, 2, 0, 1, 1), data.trainingCounts());
        assertEquals(
                "of 4 questions 2 have a context that is read in windows, 1 have an answer that begins or ends inside"
                        + " a token, 1 have an answer that no window holds whole",
                data.validationCounts().toString());
        assertArrayEquals(new int[] {6, 6}, data.training().get(0).targets().labels());
        assertArrayEquals(new int[] {5, 6}, data.training().get(1).targets().labels());
        for (LabelledTokens example : data.training().subList(2, data.training().size())) {
            assertArrayEquals(new int[] {0, 0}, example.targets().labels());
        }
    }

    @Test
    void blanksAtTheEndsOfAnAnswerDoNotCount() {
        QuestionAnsweringData data =
                data(OPTIONS, AnswerRules.SQUAD_V2, question("q", "the  fox  jumps", new Span(4, 10), false));
        assertArrayEquals(new int[] {6, 6}, data.training().get(0).targets().labels());
        assertEquals(0, data.trainingCounts().widened());
    }

    @Test
    void questionsThatTheRulesDoNotAllowAreRefused() {
        AnswerOptions answerable = AnswerOptions.answerable().withLimit(OPTIONS.limit());
        assertEquals(
                "toy.json, line 7: Expected an answer to the question 'q'. Received: an unanswerable question. Use the"
                        + " rules for unanswerable questions, those of SQuAD 2.0",
                assertThrows(
                                CorpusException.class,
                                () -> data(answerable, AnswerRules.SQUAD_V1, question("q", "the fox", null, true)))
                        .getMessage());
        assertEquals(
                "toy.json, line 7: Expected an answer to the question 'q'. Received: none. Add the answer",
                assertThrows(
                                CorpusException.class,
                                () -> data(OPTIONS, AnswerRules.SQUAD_V2, question("q", "the fox", null, false)))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> data(OPTIONS, AnswerRules.CMRC));
        assertThrows(IllegalArgumentException.class, () -> data(answerable, AnswerRules.SQUAD_V2));
        assertEquals(
                "Expected answers within the 7 chars of the context. Received: one from 4 to 8, to question 'q'"
                        + " (toy.json, line 7). Correct the answer",
                assertThrows(IllegalArgumentException.class, () -> question("q", "the fox", new Span(4, 8), false))
                        .getMessage());
    }
}
