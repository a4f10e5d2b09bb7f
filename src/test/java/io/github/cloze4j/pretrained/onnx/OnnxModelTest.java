package io.github.cloze4j.pretrained.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.PretrainedFixture;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import onnx.Onnx.ModelProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;

class OnnxModelTest {
    private static final int MODELS_OF_A_KIND = 3;
    private static final int BATCHES_OF_A_MODEL = 4;

    private final long seed = System.nanoTime();

    @TempDir
    Path directory;

    private static BertConfig config(Random random, Activation activation) {
        int heads = 1 + random.nextInt(3);
        return new BertConfig(
                20 + random.nextInt(40),
                heads * (8 + random.nextInt(9)),
                1 + random.nextInt(3),
                heads,
                1 + random.nextInt(50),
                activation,
                0.1,
                0.1,
                6 + random.nextInt(20),
                1 + random.nextInt(3),
                0.02,
                random.nextBoolean() ? 1e-12 : 1e-3,
                random.nextBoolean(),
                null,
                false);
    }

    /** Unlike a new model, one in which every parameter counts. */
    private static Bert model(Random random, BertConfig config, String kernels, DataType type) {
        Bert model = new Bert(config, List.of(LanguageModelHead.MASKED), KernelProviders.create(kernels, type));
        for (Parameter parameter : model.parameters().parameters()) {
            int length = (int) parameter.length();
            ByteBuffer values = ByteBuffer.allocate(length * type.width()).order(ByteOrder.nativeOrder());
            for (int i = 0; i < length; i++) {
                double value = 0.4 * random.nextGaussian();
                if (type == DataType.FLOAT) {
                    values.putFloat((float) value);
                } else {
                    values.putDouble(value);
                }
            }
            model.parameters().kernels().upload(values.flip(), parameter.value());
        }
        return model;
    }

    /** One to three rows; padding is a word like any, so that only the mask can tell it. */
    private static TokenRows rows(Random random, BertConfig config) {
        int[] lengths = random.ints(1 + random.nextInt(3), 1, config.maxPositionEmbeddings() + 1)
                .toArray();
        return new TokenRows(
                draws(random, lengths, config.vocabSize()),
                draws(random, lengths, config.typeVocabSize()),
                random.nextInt(config.vocabSize()));
    }

    private static int[][] draws(Random random, int[] lengths, int bound) {
        return Arrays.stream(lengths)
                .mapToObj(length -> random.ints(length, 0, bound).toArray())
                .toArray(int[][]::new);
    }

    private ModelProto exported(Bert model, OnnxModel.Output output) throws IOException {
        Path file = directory.resolve(output.onnxName() + ".onnx");
        OnnxModel.write(file, model, output);
        return ModelProto.parseFrom(Files.readAllBytes(file));
    }

    static Stream<Arguments> kinds() {
        return Arrays.stream(Activation.values())
                .flatMap(activation -> Stream.of(
                        Arguments.of(activation, "cpu", DataType.FLOAT),
                        Arguments.of(activation, "nd4j", DataType.FLOAT),
                        Arguments.of(activation, "nd4j", DataType.DOUBLE)));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void onnxRuntimeComputesWhatTheModelComputes(Activation activation, String kernels, DataType type)
            throws OrtException {
        Random random = new Random(seed);
        for (int i = 0; i < MODELS_OF_A_KIND; i++) {
            BertConfig config =
                    config(random, activation).toBuilder().isDecoder(i % 2 == 1).build();
            Path whole = directory.resolve("whole.onnx");
            Path encoder = directory.resolve("encoder.onnx");
            try (Bert model = model(random, config, kernels, type)) {
                OnnxModel.write(whole, model, OnnxModel.Output.LOGITS);
                OnnxModel.write(encoder, model, OnnxModel.Output.LAST_HIDDEN_STATE);
                try (OnnxSession wholeSession = new OnnxSession(whole);
                        OnnxSession encoderSession = new OnnxSession(encoder)) {
                    for (int j = 0; j < BATCHES_OF_A_MODEL; j++) {
                        TokenRows rows = rows(random, config);
                        String what = "seed " + seed + ", model " + i + " " + config + ", batch " + j;
                        OnnxParity.assertLogitsAgree(wholeSession, model, rows, what);
                        OnnxParity.assertHiddenStatesAgree(encoderSession, model, rows, what);
                    }
                }
            }
        }
    }

    @Test
    void aModelOfTransformersScoresAsTransformersDoes() throws OrtException {
        Path file = directory.resolve("model.onnx");
        BertTokenizer tokenizer = ModelDirectory.readTokenizer(PretrainedFixture.DIRECTORY);
        try (Bert model =
                ModelDirectory.readModel(PretrainedFixture.DIRECTORY, KernelProviders.create("nd4j", DataType.FLOAT))) {
            OnnxModel.write(file, model, OnnxModel.Output.LOGITS);
            OnnxParity.assertAgrees(
                    model,
                    tokenizer,
                    PretrainedFixture.answers()
                            .map(PretrainedFixture.Answer::text)
                            .toList(),
                    directory);
        }
        try (OnnxSession session = new OnnxSession(file)) {
            for (PretrainedFixture.Answer answer : PretrainedFixture.answers().toList()) {
                int[] ids = answer.ids();
                float[][] scores =
                        session.run(new TokenRows(new int[][] {ids}, new int[][] {new int[ids.length]}, 0))[0];
                int[] masks = IntStream.range(0, ids.length)
                        .filter(i -> ids[i] == tokenizer.vocabulary().maskId())
                        .toArray();
                assertEquals(answer.logits().length, masks.length);
                for (int mask = 0; mask < masks.length; mask++) {
                    double[] expected = answer.logits()[mask];
                    for (int word = 0; word < expected.length; word++) {
                        assertEquals(expected[word], scores[masks[mask]][word], OnnxParity.TOLERANCE, answer.text());
                    }
                }
            }
        }
    }

    @Test
    void theToleranceTellsTheTwoGelusApart() {
        float[][][] logits = Arrays.stream(Activation.values())
                .map(activation -> {
                    Random random = new Random(7);
                    BertConfig config = config(random, activation);
                    try (Bert model = model(random, config, "nd4j", DataType.FLOAT)) {
                        return OnnxParity.logits(model, rows(random, config));
                    }
                })
                .toArray(float[][][]::new);

        double difference = IntStream.range(0, logits[0][0].length)
                .mapToDouble(i -> Math.abs(logits[0][0][i] - logits[1][0][i]))
                .max()
                .orElseThrow();
        assertTrue(difference > 2 * OnnxParity.TOLERANCE, "difference " + difference);
    }

    @Test
    void inputsAndOutputsAreThoseOfOptimum() throws OrtException {
        Random random = new Random(8);
        BertConfig config = config(random, Activation.GELU);
        Path file = directory.resolve("model.onnx");
        try (Bert model = model(random, config, "nd4j", DataType.FLOAT)) {
            OnnxModel.write(file, model, OnnxModel.Output.LOGITS);
        }
        try (OnnxSession session = new OnnxSession(file)) {
            Map<String, NodeInfo> inputs = session.runtime().getInputInfo();
            assertEquals(
                    List.of("input_ids", "attention_mask", "token_type_ids"),
                    inputs.keySet().stream().toList());
            for (NodeInfo input : inputs.values()) {
                TensorInfo info = (TensorInfo) input.getInfo();
                assertEquals(OnnxJavaType.INT64, info.type);
                assertArrayEquals(new String[] {"batch_size", "sequence_length"}, info.getDimensionNames());
                assertArrayEquals(new long[] {-1, -1}, info.getShape());
            }
            TensorInfo logits =
                    (TensorInfo) session.runtime().getOutputInfo().get("logits").getInfo();
            assertEquals(1, session.runtime().getNumOutputs());
            assertEquals(OnnxJavaType.FLOAT, logits.type);
            assertArrayEquals(new long[] {-1, -1, config.vocabSize()}, logits.getShape());
        }
    }

    @Test
    void everyParameterIsInTheFileOnceUnderItsName() throws IOException {
        Random random = new Random(9);
        try (Bert model = model(random, config(random, Activation.GELU), "nd4j", DataType.FLOAT)) {
            ModelProto whole = exported(model, OnnxModel.Output.LOGITS);
            ModelProto encoder = exported(model, OnnxModel.Output.LAST_HIDDEN_STATE);

            Map<String, TensorProto> inWhole = initializers(whole);
            Map<String, TensorProto> inEncoder = initializers(encoder);
            for (Parameter parameter : model.parameters().parameters()) {
                TensorProto received = inWhole.get(parameter.name());
                assertArrayEquals(
                        parameter.shape(),
                        received.getDimsList().stream()
                                .mapToLong(Long::longValue)
                                .toArray());
                assertEquals(
                        PretrainedFixture.bytes(model, parameter),
                        received.getRawData().asReadOnlyByteBuffer(),
                        parameter.name());
                assertEquals(
                        parameter.name().startsWith("cls.") ? null : received,
                        inEncoder.get(parameter.name()),
                        parameter.name());
            }
            assertEquals(List.of("Gather", "Gemm"), users(whole, "bert.embeddings.word_embeddings.weight"));
            assertEquals(List.of("Gather"), users(encoder, "bert.embeddings.word_embeddings.weight"));
        }
    }

    private static Map<String, TensorProto> initializers(ModelProto model) {
        return model.getGraph().getInitializerList().stream()
                .collect(Collectors.toMap(TensorProto::getName, tensor -> tensor));
    }

    private static List<String> users(ModelProto model, String value) {
        return model.getGraph().getNodeList().stream()
                .filter(node -> node.getInputList().contains(value))
                .map(node -> node.getOpType())
                .toList();
    }

    @ParameterizedTest
    @EnumSource(OnnxModel.Output.class)
    void theSameModelGivesTheSameBytes(OnnxModel.Output output) throws IOException {
        byte[][] files = new byte[2][];
        for (int i = 0; i < files.length; i++) {
            Random random = new Random(10);
            Path file = directory.resolve(i + ".onnx");
            String kernels = i == 0 ? "nd4j" : "cpu";
            try (Bert model = model(random, config(random, Activation.GELU), kernels, DataType.FLOAT)) {
                OnnxModel.write(file, model, output);
            }
            files[i] = Files.readAllBytes(file);
        }
        assertArrayEquals(files[0], files[1]);
        assertArrayEquals(
                ModelProto.parseFrom(files[0]).toByteArray(),
                files[0],
                "other bytes than the library for protobuf writes");
    }

    @Test
    void aRowOfPaddingOnlyHasNumbers() throws OrtException {
        Random random = new Random(11);
        Path file = directory.resolve("model.onnx");
        try (Bert model = model(random, config(random, Activation.GELU), "nd4j", DataType.FLOAT)) {
            OnnxModel.write(file, model, OnnxModel.Output.LOGITS);
        }
        try (OnnxSession session = new OnnxSession(file)) {
            float[][][] logits =
                    session.run(new TokenRows(new int[][] {{1, 2, 3}, {}}, new int[][] {{0, 0, 0}, {}}, 0));
            for (float[] token : logits[1]) {
                for (float score : token) {
                    assertTrue(Float.isFinite(score));
                }
            }
        }
    }

    @Test
    void moreTokensThanPositionsAreRefusedWhereTheFileRuns() throws OrtException {
        Random random = new Random(12);
        BertConfig config = config(random, Activation.GELU);
        Path file = directory.resolve("model.onnx");
        try (Bert model = model(random, config, "nd4j", DataType.FLOAT)) {
            OnnxModel.write(file, model, OnnxModel.Output.LOGITS);
        }
        int tooMany = config.maxPositionEmbeddings() + 1;
        TokenRows rows = new TokenRows(new int[][] {new int[tooMany]}, new int[][] {new int[tooMany]}, 0);
        try (OnnxSession session = new OnnxSession(file)) {
            String message =
                    assertThrows(OrtException.class, () -> session.run(rows)).getMessage();
            assertTrue(message.contains("bert.embeddings"), message);
        }
    }

    /** Java caches a copy of what a thread has written at once for as long as the thread lives. */
    @Test
    void weightsLeaveNoCopyOutsideTheHeap() throws InterruptedException {
        int hidden = 64;
        int words = 40_000;
        long[] grown = new long[1];
        try (Bert model = new Bert(
                BertConfig.builder(words)
                        .numHiddenLayers(1)
                        .hiddenSize(hidden)
                        .numAttentionHeads(1)
                        .build(),
                List.of(LanguageModelHead.MASKED),
                KernelProviders.create("nd4j", DataType.FLOAT))) {
            Thread thread = new Thread(() -> {
                long before = directBytes();
                OnnxModel.write(directory.resolve("model.onnx"), model, OnnxModel.Output.LOGITS);
                grown[0] = directBytes() - before;
            });
            thread.start();
            thread.join();
        }
        assertTrue(Files.exists(directory.resolve("model.onnx")));
        assertTrue(grown[0] < (long) words * hidden * Float.BYTES / 2, grown[0] + " bytes");
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @Test
    void whatProtobufCannotHoldIsRefused() {
        OnnxModel.requireFits(Integer.MAX_VALUE);
        String message = assertThrows(Cloze4jException.class, () -> OnnxModel.requireFits(Integer.MAX_VALUE + 1L))
                .getMessage();
        assertTrue(message.contains("2 GiB") && message.contains("2147483648"), message);
    }

    @Test
    void aFailedExportLeavesNothingBehind() throws IOException {
        Path occupied = Files.createDirectories(directory.resolve("occupied"));
        Files.writeString(occupied.resolve("file"), "kept");
        Random random = new Random(13);
        try (Bert model = model(random, config(random, Activation.GELU), "nd4j", DataType.FLOAT)) {
            assertThrows(Cloze4jException.class, () -> OnnxModel.write(occupied, model, OnnxModel.Output.LOGITS));
        }
        assertEquals("kept", Files.readString(occupied.resolve("file")));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(occupied), files.toList());
        }
    }
}
