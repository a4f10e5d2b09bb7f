package io.github.cloze4j;

import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.BertForMaskedLm;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingData;
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
        TrainingConfig config = TrainingConfig.builder().steps(20).seed(0).build();
        BertConfig shape = BertConfig.builder(vocabulary.size())
                .numHiddenLayers(2)
                .hiddenSize(128)
                .numAttentionHeads(2)
                .build();
        try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                BertForMaskedLm model = new BertForMaskedLm(shape, kernels, DataType.FLOAT)) {
            model.initialize(config.seed());
            try (Trainer trainer = new Trainer(model, config, new TrainingData(documents, null, vocabulary, 1), null)) {
                System.out.println(trainer.run());
            }
            ModelDirectory.write(Path.of("my-bert"), model, tokenizer, Map.of());
        }
        // end
    }
}
