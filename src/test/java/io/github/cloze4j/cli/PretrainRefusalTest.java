package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.kernel.KernelProviders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot run is one line with its exit code, and leaves the disk as it was. */
class PretrainRefusalTest {
    @TempDir
    Path root;

    private Path corpus;
    private Path output;
    private Path vocabulary;

    @BeforeEach
    void writeInput() throws IOException {
        corpus = PretrainFixture.writeCorpus(root.resolve("corpus.txt"), 30);
        output = root.resolve("made").resolve("model");
        vocabulary = Files.writeString(
                root.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\ncat\ndog\nsees\nin\n.\n");
    }

    private void assertRefused(int code, String[] arguments, String... words) throws IOException {
        Map<String, String> before = PretrainFixture.contents(root);

        CliRun run = CliRun.of(arguments);

        assertEquals(code, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        String line = run.errorLines().get(0);
        assertTrue(line.matches("error: .*[Ee]xpected .*[Rr]eceived.*"), line);
        for (String word : words) {
            assertTrue(line.contains(word), line);
        }
        assertEquals(before, PretrainFixture.contents(root));
    }

    private String[] pretrain(String... options) {
        List<String> all = new ArrayList<>(List.of("--corpus=" + corpus));
        all.addAll(Arrays.asList(options));
        return PretrainFixture.arguments(output, all.toArray(String[]::new));
    }

    /** A vocabulary is learnt and text is prepared after it is known that the model fits. */
    @Test
    void aModelThatDoesNotFitIntoMemoryIsRefusedBeforeAnythingIsPrepared() throws IOException {
        String[] large = pretrain("--batch-size=100000", "--seq-len=512");
        assertRefused(
                1, large, "fit into memory", "The largest batch that fits is ", "(--batch-size ", ", --accumulate");
        assertEquals("", CliRun.of(large).out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--seq-len=513; 512, 513",
                "--seq-len=2; 2",
                "--intermediate=0; 0",
                "--dropout=1; 1.0",
                "--steps=5 --time-limit=5s; --steps, --time-limit",
                "--time-limit=5; 5, 90s",
                "--steps=0; 0",
                "--steps=many; --steps, many",
                "--keep=0; 0",
                "--masking=words; words, whole-word",
                "--schedule=step; step, cosine, linear-google",
                "--optimizer=sgd; sgd, adamw, bert",
                "--initialization=zeros; zeros, normal, truncated-normal",
                "--mask-replace-probability=0.95; 0.95, 0.1",
                "--epsilon=0; 0.0",
                "--preset=huge; huge, tiny",
                "--validation-fraction=0.5 --validation-fraction=0.2; --validation-fraction",
                "--precision=fp8; fp8, fp32",
                "--kernels=abacus; abacus, auto",
                "--threads=0; --threads, 0",
                "--vocab-sise=5; --vocab-sise, --vocab-size",
                "--data=shards; --corpus, --data",
                "--vocab=vocab.txt --vocab-size=500; --vocab-size, --vocab, has its size",
                "--validation=held-out.txt --validation-fraction=0.2; --validation-fraction, --validation",
                "--preset=mini; --preset, --layers, leave nothing of the preset",
                "--validation-fraction=0 --eval-every=2; --eval-every, --validation-fraction",
                "--resume=elsewhere; --resume without a value, --output",
                "--cased=yes; --cased without a value",
                "--num_train_epochs=3; --epochs",
                "--lr; --lr",
                "--seed=1 --seed=2; --seed",
            })
    void wrongOptionsAreWrongUsage(String options, String words) throws IOException {
        assertRefused(2, pretrain(options.split(" ")), words.split(", "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--blank-line-documents; --blank-line-documents, has its documents",
                "--validation-fraction=0.2; --validation-fraction, has its held-out documents",
                "--vocab-size=500; --vocab-size",
                "--validation=held-out.txt; --validation",
            })
    void optionsThatPreparedDataMakesUselessAreWrongUsage(String option, String words) throws IOException {
        assertRefused(
                2,
                PretrainFixture.arguments(output, "--data=shards", "--vocab=" + vocabulary, option),
                words.split(", "));
    }

    @Test
    void optionsThatExcludeEachOtherAreFoundInAFileOfSettingsToo() throws IOException {
        Path settings = Files.writeString(root.resolve("settings"), "vocab=" + vocabulary + "\nvocab-size=500\n");
        assertRefused(
                2,
                new String[] {"pretrain", "--corpus=" + corpus, "--output=" + output, "--config=" + settings},
                "--vocab-size");
    }

    @Test
    void headsHaveToDivideTheHiddenSize() throws IOException {
        assertRefused(
                2,
                new String[] {"pretrain", "--corpus=" + corpus, "--output=" + output, "--hidden=10", "--heads=3"},
                "10",
                "3");
        assertRefused(2, new String[] {"benchmark", "--hidden=10", "--heads=3"}, "10", "3");
        assertRefused(2, new String[] {"benchmark", "--seq-len=513"}, "513", "512");
    }

    @Test
    void whatIsNotAvailableFails() throws IOException {
        assertRefused(1, pretrain("--kernels=cuda"), "org.bytedeco:cuda", "--kernels cpu");
        if (!KernelProviders.names().contains("cpu")) {
            assertRefused(1, pretrain("--kernels=cpu"), "cpu", "nd4j");
        }
        assertRefused(1, pretrain("--kernels=nd4j", "--precision=bf16"), "bf16", "fp32");
    }

    @Test
    void aMissingCorpusIsNamed() throws IOException {
        Path absent = root.resolve("absent.txt");
        assertRefused(1, PretrainFixture.arguments(output, "--corpus=" + absent), absent.toString());
        assertRefused(1, pretrain("--validation=" + absent), absent.toString());
        assertRefused(1, pretrain("--vocab=" + absent), absent.toString());
    }

    @Test
    void aCorpusWithoutTextIsNamed() throws IOException {
        Files.writeString(corpus, "");
        assertRefused(1, pretrain(), corpus.toString());
        assertRefused(1, pretrain("--vocab=" + vocabulary), corpus.toString());
        Files.writeString(corpus, "\u0000\n");
        assertRefused(1, pretrain());
        assertRefused(1, pretrain("--vocab=" + vocabulary));
    }

    @Test
    void aHeldOutTextWithoutTextIsNamed() throws IOException {
        Path empty = Files.writeString(root.resolve("empty.txt"), "");
        assertRefused(1, pretrain("--validation=" + empty), empty.toString());
    }

    @Test
    void aVocabularyHasToHoldTheMask() throws IOException {
        Files.writeString(vocabulary, "[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n");
        assertRefused(1, pretrain("--vocab=" + vocabulary), "[MASK]", vocabulary.toString());
    }

    @Test
    void aVocabularyThatIsTooSmallToTrainIsRefused() throws IOException {
        assertRefused(2, new String[] {"pretrain", "--corpus=" + corpus, "--output=" + output, "--vocab-size=5"}, "5");
    }

    @Test
    void preparedDataNeedsItsVocabulary() throws IOException {
        Path shards = root.resolve("shards");
        CliRun.json("prepare", "--corpus=" + corpus, "--vocab=" + vocabulary, "--output=" + shards);
        Path other = Files.writeString(
                root.resolve("other.txt"), Files.readString(vocabulary).replace("dog", "horse"));

        assertRefused(1, PretrainFixture.arguments(output, "--data=" + shards, "--vocab=" + other), shards.toString());
        assertRefused(2, PretrainFixture.arguments(output, "--data=" + shards), "--vocab");
        assertRefused(
                1, PretrainFixture.arguments(output, "--data=" + root.resolve("absent"), "--vocab=" + vocabulary));
    }

    @Test
    void otherFilesOfAModelAreNoVocabulary() throws IOException {
        Path json = Files.writeString(root.resolve("tokenizer.json"), "{}");
        assertRefused(1, pretrain("--vocab=" + json), json + ", which is JSON", "Name " + vocabulary);
        assertRefused(1, pretrain("--vocab=" + root), "a directory", "Name " + vocabulary);
    }

    @Test
    void aNameOfTheHubIsNotDownloaded() throws IOException {
        String[] evaluate = {"evaluate", "--model=bert-base-uncased", "--corpus=" + corpus};
        assertRefused(1, evaluate, "bert-base-uncased", "not downloaded by its name");
        String[] pretrain = {"pretrain", "--from=google/no-such-bert", "--corpus=" + corpus, "--output=" + output};
        assertRefused(1, pretrain, "not downloaded by its name");
    }

    /** Whoever follows the advice must not lose what is not the run's. */
    @Test
    void filesOfOthersAreNotCalledARunNorToBeDeleted() throws IOException {
        Files.createDirectories(output.resolve("data"));
        Files.writeString(output.resolve("data").resolve("corpus.txt"), "the cat sees the dog .\n");

        CliRun run = CliRun.of(pretrain());
        assertRefused(1, pretrain(), output.toString(), "data", "Name another");
        assertFalse(run.err().matches("(?s).*(delete|a run|--resume|--restart).*"), run.err());
    }

    @Test
    void anOutputThatIsAFileIsRefused() throws IOException {
        Files.writeString(root.resolve("made"), "a file");
        assertRefused(1, pretrain("--steps=2"), output.toString());
    }

    @Test
    void aRunThatDivergesEndsWithACodeOfItsOwnAndSavesNoModel() {
        CliRun run = CliRun.of(pretrain("--steps=3", "--seq-len=16", "--lr=1e300", "--warmup=0"));

        assertEquals(3, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        assertFalse(Files.exists(output.resolve("model.safetensors")));
        assertFalse(Files.exists(output.resolve("checkpoints")));
    }

    @Test
    void aCorruptModelIsNamed() throws IOException {
        CliRun.json(pretrain("--steps=1", "--seq-len=16"));
        Path weights = output.resolve("model.safetensors");
        byte[] good = Files.readAllBytes(weights);
        String[] evaluate = {"evaluate", "--model=" + output, "--corpus=" + corpus};
        String[] fillMask = {"fill-mask", "--model=" + output, "the [MASK]"};
        String[] tooLong = {"evaluate", "--model=" + output, "--corpus=" + corpus, "--seq-len=600"};
        assertRefused(2, tooLong, "600", "512");

        Files.write(weights, Arrays.copyOf(good, good.length / 2));
        assertRefused(1, evaluate, weights.toString());
        assertRefused(1, fillMask, weights.toString());

        Files.writeString(output.resolve("config.json"), "{");
        assertRefused(1, evaluate, "config.json");
        assertRefused(1, fillMask, "config.json");
    }
}
