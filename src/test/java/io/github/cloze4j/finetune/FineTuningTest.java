package io.github.cloze4j.finetune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.checkpoint.CheckpointStore;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.BatchCursor;
import io.github.cloze4j.finetune.readers.InputText;
import io.github.cloze4j.finetune.readers.Labelled;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.inference.TextClassifier;
import io.github.cloze4j.inference.TextPair;
import io.github.cloze4j.inference.TokenLimit;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.BertConfig;
import io.github.cloze4j.model.TrainingPass;
import io.github.cloze4j.pretrained.huggingface.ModelDirectory;
import io.github.cloze4j.pretrained.huggingface.StoredModel;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.MicroBatches;
import io.github.cloze4j.train.Trainer;
import io.github.cloze4j.train.TrainingConfig;
import io.github.cloze4j.train.TrainingResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

/** Fine-tuning of classifiers, from labelled texts to a directory that answers. */
class FineTuningTest {
    private static final Kernels KERNELS = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT);
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());
    private static final List<String> WORDS =
            List.of("the", "quick", "brown", "jumped", "over", "lazy", "not", "do", ",", "?");
    private static final TokenLimit LIMIT = TokenLimit.cut(24);
    private static final Labels LABELS = Labels.inOrder(List.of("no", "yes"));

    @TempDir
    private Path directory;

    /** Random texts, of which half have a fox. */
    private static List<Labelled<InputText, Boolean>> texts(int count, long seed) {
        Random random = new Random(seed);
        List<Labelled<InputText, Boolean>> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            List<String> words = new ArrayList<>();
            for (int j = 1 + random.nextInt(9); j > 0; j--) {
                words.add(WORDS.get(random.nextInt(WORDS.size())));
            }
            boolean fox = random.nextBoolean();
            words.set(random.nextInt(words.size()), fox ? "fox" : "dog");
            texts.add(new Labelled<>(new InputText(String.join(" ", words), null, new SourceLine("toy", i + 1)), fox));
        }
        return texts;
    }

    private static <L> List<Labelled<InputText, L>> texts(int count, long seed, Function<Boolean, L> label) {
        return texts(count, seed).stream()
                .map(text -> new Labelled<>(text.input(), label.apply(text.label())))
                .toList();
    }

    private static ClassificationData classes() {
        Function<Boolean, String> label = fox -> fox ? "yes" : "no";
        return new ClassificationData(LABELS, TOKENIZER, LIMIT, texts(200, 1, label), texts(60, 2, label));
    }

    private static Bert model(LabelledData data, double dropout, Kernels kernels) {
        BertConfig config = BertConfig.builder(TOKENIZER.vocabulary().size())
                .hiddenSize(32)
                .numHiddenLayers(1)
                .numAttentionHeads(2)
                .maxPositionEmbeddings(24)
                .dropout(dropout)
                .build();
        Bert model = new Bert(config, List.of(data.head().head()), kernels);
        model.initialize(5);
        return model;
    }

    private static FineTuningTask task(Bert model, LabelledData data) {
        return new FineTuningTask(
                model, FineTuningConfig.of(8, 24), data, TOKENIZER.vocabulary().padId());
    }

    private static TrainingConfig.Builder training(double epochs) {
        return TrainingConfig.builder().epochs(epochs).learningRate(3e-3);
    }

    private static Evaluation trained(Bert model, LabelledData data, double epochs) {
        try (Trainer trainer = new Trainer(task(model, data), training(epochs).build(), null)) {
            TrainingResult result = trainer.run();
            Evaluation evaluation = result.evaluation();
            if (evaluation == null) {
                throw new AssertionError("not evaluated");
            }
            return evaluation;
        }
    }

    @Test
    void aClassifierLearnsAndItsDirectoryAnswers() {
        ClassificationData data = classes();
        try (Bert model = model(data, 0.1, KERNELS)) {
            Evaluation evaluation = trained(model, data, 6);
            assertEquals(1.0, evaluation.metrics().get("accuracy"), evaluation.toString());
            assertEquals(1.0, evaluation.metrics().get("mcc"), evaluation.toString());
            assertEquals(0.0, data.baseline().metrics().get("mcc"));
            HeldOutAnswers answers = data.answers(model, () -> false).orElseThrow();
            assertEquals(1.0, answers.intervals(50, 1).get("accuracy").low());
            ModelDirectory.writeFineTuned(directory, model, data.head(), TOKENIZER, Map.of());
            List<TextPair> texts = List.of(TextPair.of("the quick fox"), TextPair.of("over the lazy dog"));
            try (StoredModel stored = ModelDirectory.open(directory);
                    Bert read = stored.readFineTuned(KERNELS);
                    TextClassifier classifier = new TextClassifier(
                            read, stored.tokenizer(), stored.taskHead().orElseThrow(), LIMIT);
                    TextClassifier before = new TextClassifier(model, TOKENIZER, data.head(), LIMIT)) {
                assertEquals(
                        List.of("yes", "no"),
                        classifier.classify(texts).stream()
                                .map(answer -> answer.answers().get(0).label())
                                .toList());
                assertEquals(before.classify(texts), classifier.classify(texts));
            }
        }
    }

    /** A row holds several texts; the batch is counted in texts, as the option for its size is. */
    @Test
    void memoryIsSaidOfTheBatchThatWasWanted() {
        ClassificationData data = classes();
        try (Bert model = model(data, 0, KERNELS);
                Trainer trainer = new Trainer(
                        new FineTuningTask(
                                model,
                                FineTuningConfig.of(8, 24),
                                data,
                                TOKENIZER.vocabulary().padId()),
                        TrainingConfig.builder().epochs(1).build(),
                        null)) {
            assertEquals(8, trainer.memory().batchSize());
        }
    }

    @Test
    void setsOfClassesAreLearnt() {
        Function<Boolean, List<String>> label = fox -> fox ? List.of("fox", "any") : List.of("any");
        Labels labels = Labels.inOrder(List.of("any", "fox", "never"));
        MultiLabelData data = new MultiLabelData(labels, TOKENIZER, LIMIT, texts(200, 1, label), texts(60, 2, label));
        try (Bert model = model(data, 0, KERNELS)) {
            Evaluation evaluation = trained(model, data, 20);
            assertEquals(1.0, evaluation.metrics().get("subset_accuracy"), evaluation.toString());
        }
    }

    @Test
    void numbersAreLearnt() {
        Function<Boolean, Double> label = fox -> fox ? 2.5 : -1.0;
        RegressionData data = new RegressionData(TOKENIZER, LIMIT, texts(200, 1, label), texts(60, 2, label));
        try (Bert model = model(data, 0, KERNELS)) {
            Evaluation evaluation = trained(model, data, 8);
            assertTrue(evaluation.metrics().get("pearson") > 0.95, evaluation.toString());
            assertTrue(evaluation.metrics().get("mse") < 0.3, evaluation.toString());
        }
    }

    /** Packing several texts into a row changes no loss, and neither does a batch of fewer rows than the pass has memory for. */
    @Test
    void lossesOfAPackedBatchAreThoseOfItsTexts() {
        ClassificationData data = classes();
        try (Kernels kernels = KernelProviders.create("nd4j", DataType.DOUBLE);
                Bert model = model(data, 0, kernels);
                TrainingPass pass = model.trainingPass(8, 24, 8)) {
            ExamplePacker packer = new ExamplePacker(24, TOKENIZER.vocabulary().padId(), model.config());
            List<LabelledTokens> examples = data.training().subList(0, 8);
            Batch packed = packer.pack(examples);
            assertTrue(packed.rows() < 8, packed.toString());
            double sum = 0;
            for (LabelledTokens example : examples) {
                sum += loss(pass, packer.pack(List.of(example)));
            }
            assertEquals(sum, loss(pass, packed), 1e-9);
            try (TrainingPass exact = model.trainingPass(packed.rows(), 24, 8)) {
                assertEquals(loss(exact, packed), loss(pass, packed));
            }
        }
    }

    private static double loss(TrainingPass pass, Batch batch) {
        List<LossSum> losses = pass.loss(batch).read();
        return losses.get(0).sum();
    }

    /** No batch takes more rows or targets than the memory is planned for. */
    @Test
    void noBatchIsLargerThanItsMemory() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ExamplePacker packer = new ExamplePacker(24, 0, BertConfig.builder(100).build());
        for (int round = 0; round < 40; round++) {
            List<LabelledTokens> examples = new ClassificationData(
                            LABELS, TOKENIZER, LIMIT, texts(30, random.nextLong(), fox -> "no"), List.of())
                    .training();
            int batchSize = 1 + random.nextInt(12);
            int most = packer.mostRows(examples, batchSize);
            List<LabelledTokens> batch = new ArrayList<>(examples);
            java.util.Collections.shuffle(batch, random);
            Batch packed = packer.pack(batch.subList(0, batchSize));
            assertTrue(packed.rows() <= most, "seed " + seed + ", " + packed + ", planned " + most);
        }
    }

    @Test
    void eachEpochHasEachExampleOnceInAnOrderOfItsOwn() {
        ClassificationData data = classes();
        try (Bert model = model(data, 0, KERNELS);
                FineTuningTask task = task(model, data)) {
            task.prepare(training(1).build());
            List<List<Integer>> firstTokens = new ArrayList<>();
            try (MicroBatches batches = task.training(BatchCursor.START)) {
                for (int epoch = 0; epoch < 2; epoch++) {
                    long tokens = 0;
                    List<Integer> sizes = new ArrayList<>();
                    for (int batch = 0; batch < task.batchesOfEpoch(); batch++) {
                        var next = batches.next(0);
                        tokens += next.tokens();
                        sizes.add((int) next.tokens());
                    }
                    assertEquals(epoch + 1, batches.epochs());
                    assertEquals(
                            data.training().stream()
                                    .mapToLong(example -> example.texts().get(0).ids().length)
                                    .sum(),
                            tokens);
                    firstTokens.add(sizes);
                }
            }
            assertTrue(!firstTokens.get(0).equals(firstTokens.get(1)), "both epochs have one order");
        }
    }

    @Test
    void aResumedRunEndsInTheSameBytes() {
        ClassificationData data = classes();
        float[] whole;
        try (Bert model = model(data, 0.1, KERNELS)) {
            trained(model, data, 2);
            whole = model.parameters().values().flat().toFloatVector();
        }
        long seed = System.nanoTime();
        long step = 1 + new Random(seed).nextInt(49);
        try (Bert first = model(data, 0.1, KERNELS);
                Trainer trainer =
                        new Trainer(task(first, data), training(2).build(), new CheckpointStore(directory, 1))) {
            trainer.listen(new io.github.cloze4j.train.TrainingListener() {
                @Override
                public void onStep(io.github.cloze4j.train.StepReport report) {
                    if (report.step() == step) {
                        trainer.requestStop();
                    }
                }
            });
            trainer.run();
        }
        try (Bert second = model(data, 0.1, KERNELS);
                Trainer trainer =
                        new Trainer(task(second, data), training(2).build(), new CheckpointStore(directory, 1))) {
            assertEquals(step, trainer.resume().orElseThrow());
            trainer.run();
            assertArrayEquals(whole, second.parameters().values().flat().toFloatVector(), "seed " + seed);
        }
    }

    @Test
    void wrongLabelsAndOtherHeadsAreRefused() {
        CorpusException unknown = assertThrows(
                CorpusException.class,
                () -> new ClassificationData(LABELS, TOKENIZER, LIMIT, texts(3, 1, fox -> "maybe"), List.of()));
        assertTrue(unknown.getMessage().startsWith("toy, line 1: Expected one of the 2 labels"), unknown.getMessage());
        ClassificationData data = classes();
        try (Bert model = model(data, 0, KERNELS)) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new FineTuningTask(model, FineTuningConfig.of(8, 4), data, 0),
                    "rows too short");
            assertThrows(
                    IllegalArgumentException.class, () -> data.head().kind().head(2, new ClassLoss(List.of(), 0.1, 1)));
        }
    }
}
