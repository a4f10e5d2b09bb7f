package io.github.cloze4j.finetune;

import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import org.nd4j.linalg.api.buffer.DataType;

/** Models of one small layer that learn toy tasks in seconds. */
final class TinyRuns {
    static final int SEQ_LEN = 24;
    static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);

    private TinyRuns() {}

    static Bert model(LabelledData data, BertTokenizer tokenizer) {
        BertConfig config = BertConfig.builder(tokenizer.vocabulary().size())
                .hiddenSize(32)
                .numHiddenLayers(1)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(SEQ_LEN)
                .dropout(0)
                .build();
        Bert model = new Bert(config, java.util.List.of(data.head().head()), KERNELS);
        model.initialize(5);
        return model;
    }

    static Evaluation train(Bert model, LabelledData data, BertTokenizer tokenizer, double epochs) {
        FineTuningTask task = new FineTuningTask(
                model,
                FineTuningConfig.of(8, SEQ_LEN),
                data,
                tokenizer.vocabulary().padId());
        TrainingConfig config =
                TrainingConfig.builder().epochs(epochs).learningRate(3e-3).build();
        try (Trainer trainer = new Trainer(task, config, null)) {
            Evaluation evaluation = trainer.run().evaluation();
            if (evaluation == null) {
                throw new AssertionError("not evaluated");
            }
            return evaluation;
        }
    }
}
