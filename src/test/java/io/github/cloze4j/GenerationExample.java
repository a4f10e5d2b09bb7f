package io.github.cloze4j;

import io.github.cloze4j.inference.generation.GeneratedText;
import io.github.cloze4j.inference.generation.GenerationConfig;
import io.github.cloze4j.inference.generation.Generator;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import java.nio.file.Path;
import org.nd4j.linalg.api.buffer.DataType;

/** The example of docs/generation.md; {@link GenerationExampleTest} compares and runs it. */
final class GenerationExample {
    private GenerationExample() {}

    public static void main(String[] arguments) {
        // begin
        Path directory = Path.of("my-writer");
        try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
                Bert model = ModelDirectory.readModel(directory, kernels);
                Generator generator = new Generator(model, ModelDirectory.readTokenizer(directory))) {
            GenerationConfig three = GenerationConfig.builder()
                    .doSample(true)
                    .temperature(0.7)
                    .numReturnSequences(3)
                    .build();
            for (GeneratedText text : generator.generate("a large animal", three)) {
                System.out.println(text.text() + " " + text.logProbability());
            }
            GenerationConfig likeliest = GenerationConfig.builder().build();
            generator.generate("a person who", likeliest, 0, (sequence, piece) -> System.out.print(piece));
        }
        // end
    }
}
