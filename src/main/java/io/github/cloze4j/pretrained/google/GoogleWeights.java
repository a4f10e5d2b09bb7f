package io.github.cloze4j.pretrained.google;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.kernel.Activation;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.HeadKind;
import io.github.cloze4j.model.head.ClassifierHead;
import io.github.cloze4j.model.head.LanguageModelHead;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.FiniteNumbers;
import io.github.cloze4j.pretrained.NameList;
import io.github.cloze4j.pretrained.ParameterBytes;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tensors of Google's BERT in a TensorFlow checkpoint, as the parameters of a model. */
final class GoogleWeights {
    private static final Logger LOG = LoggerFactory.getLogger(GoogleWeights.class);

    /** What Google's models have for each attention head; their checkpoints do not say how many heads there are. */
    private static final int HEAD_SIZE = 64;

    private static final HeadKind NEXT_SENTENCE = ClassifierHead.ofPairs("nsp");

    private final TensorBundle bundle;
    /** By Google's name, without what stands before it in this file, such as {@code module/}. */
    private final Map<String, TensorBundle.Entry> tensors = new LinkedHashMap<>();

    /** @throws CheckpointFormatException if it is no checkpoint of a BERT */
    GoogleWeights(TensorBundle bundle) {
        this.bundle = bundle;
        String prefix = prefix();
        bundle.entries().forEach((name, entry) -> {
            String known = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
            if (tensors.put(known, entry) != null) {
                throw failure("tensor " + known + " once", "it with and without " + prefix + " before its name");
            }
        });
    }

    private String prefix() {
        List<String> words = bundle.entries().keySet().stream()
                .filter(name -> name.equals(GoogleNames.WORDS) || name.endsWith("/" + GoogleNames.WORDS))
                .toList();
        if (words.contains(GoogleNames.WORDS)) {
            return "";
        }
        if (words.size() != 1) {
            throw failure(
                    "one tensor " + GoogleNames.WORDS + ", as Google's BERT has it",
                    words.isEmpty()
                            ? "none among " + NameList.of(bundle.entries().keySet())
                            : NameList.of(words));
        }
        String name = words.get(0);
        return name.substring(0, name.length() - GoogleNames.WORDS.length());
    }

    /**
     * The shape that the tensors have, with what only the configuration knows.
     *
     * @param hiddenAct null: the configuration's
     * @throws CheckpointFormatException if they contradict each other
     */
    BertConfig config(GoogleConfig given, @Nullable Activation hiddenAct) {
        int[] words = matrix(GoogleNames.WORDS);
        int hidden = words[1];
        int layers = 0;
        while (tensors.containsKey(GoogleNames.query(layers))) {
            layers++;
        }
        int intermediate = matrix(GoogleNames.intermediate(0))[1];
        // The memory that the model will take is bounded by the length of the files.
        for (int layer = 0; layer < layers; layer++) {
            requireMatrix(GoogleNames.query(layer), hidden, hidden);
            requireMatrix(GoogleNames.intermediate(layer), hidden, intermediate);
        }
        int positions = matrix(GoogleNames.POSITIONS)[0];
        int types = matrix(GoogleNames.TYPES)[0];
        requireMatrix(GoogleNames.POSITIONS, positions, hidden);
        requireMatrix(GoogleNames.TYPES, types, hidden);
        agree("vocab_size", given.vocabSize(), words[0]);
        agree("hidden_size", given.hiddenSize(), hidden);
        agree("num_hidden_layers", given.numHiddenLayers(), layers);
        agree("intermediate_size", given.intermediateSize(), intermediate);
        agree("max_position_embeddings", given.maxPositionEmbeddings(), positions);
        agree("type_vocab_size", given.typeVocabSize(), types);
        try {
            BertConfig defaults = BertConfig.builder(words[0]).build();
            return defaults.toBuilder()
                    .hiddenSize(hidden)
                    .numHiddenLayers(layers)
                    .numAttentionHeads(heads(given.numAttentionHeads(), hidden))
                    .intermediateSize(intermediate)
                    .hiddenAct(hiddenAct != null ? hiddenAct : activation(given.hiddenAct(), defaults.hiddenAct()))
                    .hiddenDropoutProb(or(given.hiddenDropoutProb(), defaults.hiddenDropoutProb()))
                    .attentionProbsDropoutProb(
                            or(given.attentionProbsDropoutProb(), defaults.attentionProbsDropoutProb()))
                    .maxPositionEmbeddings(positions)
                    .typeVocabSize(types)
                    .initializerRange(or(given.initializerRange(), defaults.initializerRange()))
                    .build();
        } catch (IllegalArgumentException refused) {
            throw new CheckpointFormatException(bundle.index() + ": " + refused.getMessage(), refused);
        }
    }

    private int heads(@Nullable Integer given, int hidden) {
        if (given != null) {
            return given;
        }
        if (hidden % HEAD_SIZE != 0) {
            throw failure(
                    "a bert_config.json with num_attention_heads, because the hidden size is no multiple of "
                            + HEAD_SIZE + ", the size of a head in Google's models",
                    "none, and hidden size " + hidden);
        }
        LOG.info(
                "{}: no bert_config.json says how many heads there are; taken to be of size {}",
                bundle.index(),
                HEAD_SIZE);
        return hidden / HEAD_SIZE;
    }

    private static Activation activation(@Nullable String given, Activation otherwise) {
        return given == null ? otherwise : Activation.of(given);
    }

    private static double or(@Nullable Double given, double otherwise) {
        return given == null ? otherwise : given;
    }

    private void agree(String field, @Nullable Integer given, int received) {
        if (given != null && given != received) {
            throw failure("tensors of " + field + " " + given + ", as bert_config.json says", "those of " + received);
        }
    }

    /** The two lengths of a matrix. */
    private int[] matrix(String name) {
        TensorBundle.Entry entry = tensors.get(name);
        if (entry == null) {
            throw failure("a tensor " + name, "none among " + NameList.of(tensors.keySet()));
        }
        long[] shape = entry.shape();
        if (shape.length != 2 || Arrays.stream(shape).anyMatch(length -> length < 1 || length > Integer.MAX_VALUE)) {
            throw failure("a matrix " + name, entry.toString());
        }
        requireMatrix(name, shape[0], shape[1]);
        return new int[] {(int) shape[0], (int) shape[1]};
    }

    private void requireMatrix(String name, long rows, long columns) {
        TensorBundle.Entry entry = tensors.get(name);
        if (entry == null || !entry.isFloat(rows, columns)) {
            throw failure("floats [" + rows + ", " + columns + "] as tensor " + name, String.valueOf(entry));
        }
    }

    /**
     * A model with these weights and with the heads that there are; tensors are read one by one.
     *
     * @param config of {@link #config}
     * @throws CheckpointFormatException if a tensor is missing, of another shape or type, damaged, or not finite
     */
    Bert read(BertConfig config, Kernels kernels) {
        checkTensors(stored(config, kernels));
        Bert model = new Bert(config, heads(), kernels);
        try {
            for (Parameter parameter : model.parameters().parameters()) {
                NamedTensor tensor = tensor(parameter);
                ByteBuffer numbers = ParameterBytes.of(tensor, kernels.type());
                FiniteNumbers.require(bundle.index(), tensor.name(), tensor.shape(), numbers, kernels.type());
                kernels.upload(numbers, parameter.value());
            }
            return model;
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    /**
     * The pooler's tensors, where they are no part of the model because nothing scores the pooler's output; else none.
     *
     * @param config of {@link #config}
     */
    List<NamedTensor> poolerAlone(BertConfig config, Kernels kernels) {
        if (hasNextSentenceScores()) {
            return List.of();
        }
        return stored(config, kernels).stream()
                .filter(parameter -> GoogleNames.isPoolers(GoogleNames.of(parameter.name())))
                .map(this::tensor)
                .toList();
    }

    /** Whether there is a masked-language-model head. */
    boolean hasHead() {
        return tensors.keySet().stream().anyMatch(GoogleNames::isHeads);
    }

    private List<HeadKind> heads() {
        List<HeadKind> heads = new ArrayList<>();
        if (hasHead()) {
            heads.add(LanguageModelHead.MASKED);
        }
        if (hasNextSentenceScores()) {
            heads.add(NEXT_SENTENCE);
        }
        return heads;
    }

    private boolean hasNextSentenceScores() {
        return tensors.keySet().stream().anyMatch(GoogleNames::isNextSentenceScores);
    }

    /** What such a checkpoint has: the encoder's parameters, and of the heads those that are there. */
    private List<Parameter> stored(BertConfig config, Kernels kernels) {
        boolean scores = hasNextSentenceScores();
        boolean pooler = scores || tensors.keySet().stream().anyMatch(GoogleNames::isPoolers);
        boolean head = hasHead();
        return Bert.declaredParameters(config, List.of(LanguageModelHead.MASKED, NEXT_SENTENCE), kernels).stream()
                .filter(parameter -> head || !GoogleNames.isHeads(GoogleNames.of(parameter.name())))
                .filter(parameter -> scores || !GoogleNames.isNextSentenceScores(GoogleNames.of(parameter.name())))
                .filter(parameter -> pooler || !GoogleNames.isPoolers(GoogleNames.of(parameter.name())))
                .toList();
    }

    private void checkTensors(List<Parameter> parameters) {
        Map<String, TensorBundle.Entry> rest = new LinkedHashMap<>(tensors);
        List<String> missing = new ArrayList<>();
        List<String> mismatched = new ArrayList<>();
        for (Parameter parameter : parameters) {
            String name = GoogleNames.of(parameter.name());
            TensorBundle.Entry entry = rest.remove(name);
            long[] expected = GoogleNames.isKernel(name) ? reversed(parameter.shape()) : parameter.shape();
            if (entry == null) {
                missing.add(name);
            } else if (!entry.isFloat(expected)) {
                mismatched.add(entry + " in the place of " + Arrays.toString(expected));
            }
        }
        // Numbers that are no arrays count steps or scale losses.
        rest.values().removeIf(entry -> entry.shape().length == 0);
        Set<String> variables = parameters.stream()
                .map(parameter -> GoogleNames.of(parameter.name()))
                .collect(Collectors.toSet());
        rest.keySet().removeIf(name -> GoogleNames.isOptimizers(name, variables));
        String problems = NameList.problems(missing, "of another shape or type", mismatched, rest.keySet());
        if (!problems.isEmpty()) {
            throw failure(
                    "the tensors of a BERT" + (hasHead() ? " with its masked-language-model head" : ""), problems);
        }
        if (!rest.isEmpty()) {
            LOG.warn("{}: tensors that are not used ({}): {}", bundle.index(), rest.size(), NameList.of(rest.keySet()));
        }
    }

    private NamedTensor tensor(Parameter parameter) {
        String name = GoogleNames.of(parameter.name());
        TensorBundle.Entry entry = tensors.get(name);
        if (entry == null) {
            throw new IllegalStateException("Expected " + name + ", which has been checked to be there");
        }
        ByteBuffer data = bundle.read(entry);
        if (GoogleNames.isKernel(name)) {
            data = transposed(data, (int) entry.shape()[0], (int) entry.shape()[1]);
        }
        return new NamedTensor(parameter.name(), TensorType.F32, parameter.shape(), data);
    }

    private static ByteBuffer transposed(ByteBuffer matrix, int rows, int columns) {
        ByteBuffer bytes = ByteBuffer.allocate(matrix.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer from = matrix.asFloatBuffer();
        FloatBuffer to = bytes.asFloatBuffer();
        for (int column = 0; column < columns; column++) {
            for (int row = 0; row < rows; row++) {
                to.put(from.get(row * columns + column));
            }
        }
        return bytes;
    }

    private static long[] reversed(long[] shape) {
        return new long[] {shape[1], shape[0]};
    }

    private CheckpointFormatException failure(String expected, String received) {
        String problem = "Expected " + expected + ". Received: " + received;
        // Names come from the file and may hold line breaks.
        return new CheckpointFormatException(bundle.index() + ": " + problem.replaceAll("\\s+", " ")
                + ". Use a checkpoint that Google's BERT code wrote, with a bert_config.json of the same model");
    }
}
