package io.github.cloze4j;

import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrain.Preset;
import io.github.cloze4j.pretrain.PretrainingConfig;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.pretrain.PretrainingHeads;
import io.github.cloze4j.pretrain.PretrainingTask;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;

/** The example of README.md; {@link ReadmeTest} compares and runs it. */
final class ReadmeExample {
    private ReadmeExample() {}

    public static void main(String[] arguments) throws Exception {
        // begin
        Vocabulary vocabulary = Vocabulary.read(Path.of("vocab.txt"));
        BertTokenizer tokenizer = new BertTokenizer(vocabulary, TokenizerConfig.uncased());
        List<int[]> sentences = Files.readAllLines(Path.of("corpus.txt")).stream()
                .map(tokenizer::ids)
                .toList();
        TokenDocuments documents = TokenDocuments.of(vocabulary.size(), sentences);
        PretrainingConfig config = PretrainingConfig.builder().seed(0).build();
        try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                Bert model = new Bert(
                        Preset.TINY.config(vocabulary.size()), PretrainingHeads.of(config.objectives()), kernels)) {
            model.initialize(config.seed());
            PretrainingTask task = new PretrainingTask(model, config, PretrainingData.of(documents, vocabulary));
            try (Trainer trainer =
                    new Trainer(task, TrainingConfig.builder().steps(20).build(), null)) {
                System.out.println(trainer.run());
            }
            ModelDirectory.write(Path.of("my-bert"), model, tokenizer, Map.of());
        }
        // end
    }
}
