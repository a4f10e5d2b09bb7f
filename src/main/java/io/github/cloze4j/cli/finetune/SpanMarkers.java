package io.github.cloze4j.cli.finetune;

import io.github.cloze4j.cli.Console;
import io.github.cloze4j.inference.RelationEncoder;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.pretrained.huggingface.VocabularyExtension;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The markers of spans that a task needs and that a vocabulary lacks. */
final class SpanMarkers {
    private final BertTokenizer former;
    private final @Nullable VocabularyExtension extension;

    SpanMarkers(TaskKind kind, BertTokenizer tokenizer) {
        former = tokenizer;
        boolean marked = kind == TaskKind.RELATIONS || kind == TaskKind.RELATIONS_BY_CLS;
        boolean lacking =
                marked && !RelationEncoder.missing(tokenizer.vocabulary()).isEmpty();
        extension = lacking ? VocabularyExtension.ofMarkers(tokenizer, RelationEncoder.MARKERS) : null;
    }

    /** The markers that are new. */
    List<String> added() {
        return extension == null ? List.of() : extension.added();
    }

    /** The tokenizer with the markers. */
    BertTokenizer tokenizer() {
        return extension == null ? former : extension.tokenizer();
    }

    /** The model with rows for the markers. If it is another one, the given one is closed. */
    Bert addedTo(Bert model, Console console) {
        if (extension == null) {
            return model;
        }
        console.say("new tokens: " + String.join(", ", added()));
        try (model) {
            return extension.apply(model);
        }
    }
}
