package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.monitor.ModelUse;

/** How the model card says that a fine-tuned model is used. */
final class TaskUse {
    private static final String OPENED = """
            try (StoredModel stored = ModelDirectory.open(Path.of("this-directory"));
                    Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                    Bert model = stored.readFineTuned(kernels)) {
                TaskHead head = stored.taskHead().orElseThrow();
            """;

    private TaskUse() {}

    static ModelUse of(TaskKind kind) {
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
                    default -> "    // " + kind.text() + ": the class of the package inference for this task\n";
                }
                + "}\n";
        return new ModelUse(pipeline, java, python(kind, pipeline));
    }

    private static String python(TaskKind kind, String pipeline) {
        if (!pipeline.isEmpty()) {
            return "from transformers import pipeline\n\nmodel = pipeline(\"" + pipeline
                    + "\", model=\"this-directory\")\n";
        }
        String name =
                switch (kind) {
                    case MULTIPLE_CHOICE -> "BertForMultipleChoice";
                    case RELATIONS_BY_CLS -> "BertForSequenceClassification";
                    // transformers has no class with the states of markers.
                    default -> "BertModel";
                };
        return "from transformers import " + name + "\n\nmodel = " + name + ".from_pretrained(\"this-directory\")\n";
    }
}
