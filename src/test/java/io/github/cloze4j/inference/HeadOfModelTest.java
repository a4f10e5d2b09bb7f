package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.model.head.TokenHead;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

/** Models whose head is not the one that is described: answers of theirs would be wrong, and nobody would see it. */
class HeadOfModelTest {
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
    private static final TaskHead CLASSES = new TaskHead(TaskKind.CLASSIFICATION, List.of("no", "yes"));
    private static final TokenLimit LIMIT = TokenLimit.windows(8, 2);

    private static void refused(String expected, List<HeadKind> heads) {
        BertConfig config = BertConfig.builder(TOKENIZER.vocabulary().size())
                .hiddenSize(8)
                .numHiddenLayers(1)
                .numAttentionHeads(1)
                .maxPositionEmbeddings(8)
                .build();
        try (Bert model = new Bert(config, heads, KERNELS)) {
            String message = String.valueOf(assertThrows(
                            IllegalArgumentException.class, () -> new TextClassifier(model, TOKENIZER, CLASSES, LIMIT))
                    .getMessage());
            assertTrue(message.startsWith(expected), message);
        }
    }

    @Test
    void anotherNumberOfLabelsIsRefused() {
        refused(
                "Expected a model with a score for each of 2 labels. Received: one with 3 scores.",
                List.of(ClassifierHead.ofClasses(3, ClassLoss.PLAIN)));
    }

    @Test
    void anotherHeadIsRefused() {
        String expected = "Expected a model with a head for the loss class. Received: one with ";
        refused(expected + "tag.", List.of(TokenHead.of(2, ClassLoss.PLAIN)));
        refused(expected + "no head.", List.of());
    }
}
