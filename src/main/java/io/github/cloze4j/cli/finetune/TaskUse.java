package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.monitor.ModelUse;

/** How the model card says that a fine-tuned model is used. */
public final class TaskUse {
    private static final String OPENED = """
            try (StoredModel stored = ModelDirectory.open(Path.of("this-directory"));
                    Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                    Bert model = stored.readFineTuned(kernels)) {
                TaskHead head = stored.taskHead().orElseThrow();
            """;

    private static final String MASK = """
            # Its attention_mask, [batch, 1, length, length], is true where a token sees another: each sees the source
            # and what is before it.
            """;

    private TaskUse() {}

    /** The use of a model for a task. */
    public static ModelUse of(TaskKind kind) {
        String pipeline =
                switch (kind) {
                    case CLASSIFICATION, MULTI_LABEL, REGRESSION -> "text-classification";
                    case TAGGING -> "token-classification";
                    case QUESTION_ANSWERING -> "question-answering";
                    default -> "";
                };
        String java = OPENED
                + switch (kind) {
                    case CLASSIFICATION, MULTI_LABEL, REGRESSION -> """
                                try (TextClassifier classifier =
                                        new TextClassifier(model, stored.tokenizer(), head, TokenLimit.cut(128))) {
                                    classifier.classify(List.of(TextPair.of("a text")));
                                }
                            """;
                    case QUESTION_ANSWERING -> """
                                try (QuestionAnswerer answerer =
                                        new QuestionAnswerer(model, stored.tokenizer(), AnswerOptions.answerable())) {
                                    answerer.answer(List.of(new QuestionAnswerer.Query("a question", "its text")));
                                }
                            """;
                    case MULTIPLE_CHOICE -> """
                                try (ChoiceAnswerer answerer = new ChoiceAnswerer(model, stored.tokenizer(), 128)) {
                                    answerer.choose(
                                            List.of(new ChoiceAnswerer.Query("a text", List.of("a choice", "another"))));
                                }
                            """;
                    case TAGGING -> """
                                try (EntityTagger tagger =
                                        new EntityTagger(model, stored.tokenizer(), head, TokenLimit.windows(128, 42))) {
                                    tagger.tag(List.of("a text"));
                                }
                            """;
                    case RELATIONS, RELATIONS_BY_CLS -> """
                                try (RelationClassifier classifier =
                                        new RelationClassifier(model, stored.tokenizer(), head, TokenLimit.cut(128))) {
                                    classifier.classify(
                                            List.of(new MarkedText("a in b", new TextSpan(0, 1), new TextSpan(5, 6))));
                                }
                            """;
                    case SEQ2SEQ -> """
                                try (Generator generator = new Generator(model, stored.tokenizer())) {
                                    generator.generate(
                                            "a text", GenerationConfig.builder().maxNewTokens(64).build());
                                }
                            """;
                }
                + "}\n";
        return new ModelUse(pipeline, java, python(kind, pipeline));
    }

    private static String python(TaskKind kind, String pipeline) {
        // transformers 5 has no pipeline for questions.
        if (!pipeline.isEmpty() && kind != TaskKind.QUESTION_ANSWERING) {
            return "from transformers import pipeline\n\nmodel = pipeline(\"" + pipeline
                    + "\", model=\"this-directory\")\n";
        }
        String name =
                switch (kind) {
                    case MULTIPLE_CHOICE -> "BertForMultipleChoice";
                    case QUESTION_ANSWERING -> "BertForQuestionAnswering";
                    case RELATIONS_BY_CLS -> "BertForSequenceClassification";
                    case SEQ2SEQ -> "BertLMHeadModel";
                    // transformers has no class with the states of markers.
                    default -> "BertModel";
                };
        String mask = kind == TaskKind.SEQ2SEQ ? MASK : "";
        return "from transformers import " + name + "\n\n" + mask + "model = " + name
                + ".from_pretrained(\"this-directory\")\n";
    }
}
