package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Answers;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.InferencePass;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.model.head.SpanHead;
import io.github.cloze4j.model.head.TokenHead;
import io.github.cloze4j.pretrained.ParameterBytes;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What src/test/python/make_lora_fixture.py wrote. */
final class LoraFixture {
    static final Path DIRECTORY = Path.of("src/test/resources/lora");

    private static final int TEXTS = 3;

    /** The positions of the base. */
    static final int ROW = 24;

    private LoraFixture() {}

    /** The heads of the model of an adapter. */
    static List<HeadKind> heads(String adapter) {
        return switch (adapter) {
            case "classification" -> List.of(ClassifierHead.ofClasses(3, ClassLoss.PLAIN));
            case "masked-lm" -> List.of(LanguageModelHead.MASKED);
            case "tagging" -> List.of(TokenHead.of(5, ClassLoss.PLAIN));
            case "question-answering" -> List.of(SpanHead.KIND);
            case "encoder" -> List.of();
            default -> throw new AssertionError(adapter);
        };
    }

    static double[] numbers(String file, String name) {
        try (SafeTensorsFile open = SafeTensors.open(DIRECTORY.resolve(file))) {
            NamedTensor tensor = open.tensor(name);
            if (tensor.type() == TensorType.I32) {
                return IntStream.range(0, tensor.data().remaining() / Integer.BYTES)
                        .mapToDouble(i -> tensor.data().getInt(i * Integer.BYTES))
                        .toArray();
            }
            return doubles(ParameterBytes.of(tensor, DataType.DOUBLE), DataType.DOUBLE);
        }
    }

    static int[] integers(String file, String name) {
        return Arrays.stream(numbers(file, name))
                .mapToInt(number -> (int) number)
                .toArray();
    }

    private static double[] doubles(ByteBuffer bytes, DataType type) {
        ByteBuffer numbers = bytes.duplicate().order(ByteOrder.nativeOrder());
        return IntStream.range(0, numbers.remaining() / type.width())
                .mapToDouble(i -> type == DataType.FLOAT
                        ? numbers.getFloat(i * Float.BYTES)
                        : numbers.getDouble(i * Double.BYTES))
                .toArray();
    }

    /** The numbers of an array, wherever these kernels keep them. */
    static double[] numbers(Kernels kernels, INDArray array) {
        ByteBuffer bytes = ByteBuffer.allocate(
                        Math.toIntExact(array.length() * array.dataType().width()))
                .order(ByteOrder.nativeOrder());
        kernels.download(array, bytes);
        return doubles(bytes.clear(), array.dataType());
    }

    /** The base with an adapter on it, without dropout. */
    static Bert adapted(Path directory, String name, Kernels kernels) {
        try (StoredModel base = ModelDirectory.open(PretrainedFixture.DIRECTORY);
                StoredAdapter adapter = AdapterDirectory.open(directory)) {
            BertConfig config = base.config().toBuilder().dropout(0).build();
            return base.readAdapted(adapter, config, heads(name), kernels);
        }
    }

    /** Texts with a row each; padding is a document of its own. */
    static Batch batch(List<int[]> texts, Targets... targets) {
        int[] ids = new int[texts.size() * ROW];
        int[] positions = new int[ids.length];
        int[] offsets = new int[2 * texts.size() + 1];
        for (int row = 0; row < texts.size(); row++) {
            int length = texts.get(row).length;
            System.arraycopy(texts.get(row), 0, ids, row * ROW, length);
            for (int i = 0; i < ROW; i++) {
                positions[row * ROW + i] = i < length ? i : i - length;
            }
            offsets[2 * row + 1] = row * ROW + length;
            offsets[2 * row + 2] = (row + 1) * ROW;
        }
        return new Batch(
                texts.size(),
                ROW,
                ids,
                new int[ids.length],
                positions,
                Documents.bidirectional(offsets),
                texts.stream().mapToInt(text -> text.length).sum(),
                List.of(targets));
    }

    /** What PEFT computes: the scores of all texts, or the hidden states of a model without a head. */
    static double[] expected(String adapter) {
        return IntStream.range(0, TEXTS)
                .mapToObj(text -> numbers("expected.safetensors", adapter + "/" + text))
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    /** What a model computes. */
    static double[] received(String adapter, Bert model) {
        List<int[]> texts = IntStream.range(0, TEXTS)
                .mapToObj(text -> integers("expected.safetensors", "ids/" + text))
                .toList();
        boolean ofTexts = adapter.equals("classification");
        int[] rows = IntStream.range(0, TEXTS)
                .flatMap(text ->
                        IntStream.range(0, ofTexts ? 1 : texts.get(text).length).map(token -> text * ROW + token))
                .toArray();
        if (!model.heads().isEmpty()) {
            return Answers.scores(model, batch(texts, new Targets(rows, new int[rows.length])), 0);
        }
        int hidden = model.config().hiddenSize();
        try (InferencePass pass = model.inferencePass()) {
            double[] all = numbers(model.parameters().kernels(), pass.hiddenStates(batch(texts)));
            return Arrays.stream(rows)
                    .flatMap(row -> IntStream.range(row * hidden, (row + 1) * hidden))
                    .mapToDouble(i -> all[i])
                    .toArray();
        }
    }
}
