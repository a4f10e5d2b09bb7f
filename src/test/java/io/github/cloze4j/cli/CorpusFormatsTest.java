package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.cloze4j.corpus.RecordFiles;
import io.github.cloze4j.pretrained.PretrainedFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that read a corpus give the same result for the same documents in every format. */
class CorpusFormatsTest {
    private static final String MODEL = PretrainedFixture.DIRECTORY.toString();

    @TempDir
    Path root;

    private Path plain;
    private List<Path> records;

    @BeforeEach
    void writeDocuments() throws IOException {
        plain = PretrainFixture.writeSentences(root.resolve("corpus.txt"), 60);
        List<List<String>> documents = new ArrayList<>();
        for (String document : Files.readString(plain).split("\n\n")) {
            documents.add(document.strip().lines().toList());
        }
        records = List.of(
                RecordFiles.write(root.resolve("a.jsonl"), RecordFiles.jsonLists(documents, "body")),
                RecordFiles.write(root.resolve("b.jsonl.zst"), RecordFiles.jsonTexts(documents, "body")),
                RecordFiles.write(root.resolve("c.csv.gz"), RecordFiles.table(documents, "body", ',')),
                RecordFiles.write(root.resolve("d.tsv"), RecordFiles.table(documents, "body", '\t')));
    }

    private static Map<String, String> shards(Path data) throws IOException {
        Map<String, String> contents = PretrainFixture.contents(data);
        assertTrue(contents.size() > 4, contents.keySet().toString());
        return contents;
    }

    @Test
    void prepareWritesTheSameBytes() throws IOException {
        Path expected = root.resolve("expected");
        JsonNode documents = CliRun.json(
                "prepare",
                "--corpus=" + plain,
                "--vocab=" + MODEL + "/vocab.txt",
                "--output=" + expected,
                "--validation-fraction=0.2",
                "--blank-line-documents");
        assertEquals(60, documents.get("documents").asInt());
        for (Path file : records) {
            Path output = root.resolve("output");
            CliRun.json(
                    "prepare",
                    "--corpus=" + file,
                    "--text-field=body",
                    "--vocab=" + MODEL + "/vocab.txt",
                    "--output=" + output,
                    "--validation-fraction=0.2");
            assertEquals(shards(expected), shards(output), file.toString());
        }
    }

    @Test
    void prepareWritesTheSameBytesFromParquet() throws IOException {
        Path fixture = Path.of("src/test/resources/corpus/parquet");
        Path expected = root.resolve("expected");
        Path output = root.resolve("output");
        String[] settings = {
            "prepare",
            "--text-field=sentences",
            "--text-field=meta.body",
            "--vocab=" + MODEL + "/vocab.txt",
            "--validation-fraction=0.3"
        };
        CliRun.json(with(settings, "--corpus=" + fixture.resolve("records.jsonl"), "--output=" + expected));
        for (String name : List.of("snappy", "zstd-v2", "gzip-small-pages")) {
            CliRun.json(with(settings, "--corpus=" + fixture.resolve(name + ".parquet"), "--output=" + output));
            assertEquals(shards(expected), shards(output), name);
        }
    }

    @Test
    void trainVocabAndEvaluateGiveTheSame() throws IOException {
        Path vocabulary = root.resolve("vocab.txt");
        CliRun.json("train-vocab", "--corpus", plain.toString(), "--size", "60", "--output", vocabulary.toString());
        String expected = Files.readString(vocabulary);
        JsonNode score = CliRun.json(evaluate(plain, "--blank-line-documents"));
        for (Path file : records) {
            CliRun.json(
                    "train-vocab",
                    "--corpus",
                    file.toString(),
                    "--text-field",
                    "body",
                    "--size",
                    "60",
                    "--output",
                    vocabulary.toString());
            assertEquals(expected, Files.readString(vocabulary), file.toString());
            JsonNode found = CliRun.json(evaluate(file, "--text-field=body"));
            assertEquals(score.get("loss"), found.get("loss"), file.toString());
        }
    }

    private static String[] evaluate(Path corpus, String option) {
        return new String[] {
            "evaluate", "--model", MODEL, "--kernels", "nd4j", "--seq-len", "16", "--corpus", corpus + "", option
        };
    }

    @Test
    void pretrainTakesPairsFromRecordsAndIsResumedWithoutNamingThemAgain() throws IOException {
        Path whole = root.resolve("whole");
        Path parts = root.resolve("parts");
        String[] settings = {"--objective=mlm-nsp", "--seq-len=32", "--save-every=2", "--steps=4"};
        CliRun.json(PretrainFixture.arguments(whole, with(settings, "--corpus=" + plain, "--blank-line-documents")));
        CliRun.json(
                PretrainFixture.arguments(parts, with(settings, "--corpus=" + records.get(1), "--text-field=body")));
        for (Path run : List.of(whole, parts)) {
            CliRun.json("pretrain", "--output=" + run, "--resume", "--steps=6");
        }
        assertEquals(shards(whole.resolve("data")), shards(parts.resolve("data")));
        assertEquals(
                -1, Files.mismatch(whole.resolve("model.safetensors"), parts.resolve("model.safetensors")), "weights");
    }

    private static String[] with(String[] options, String... more) {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    @Test
    void failuresAreOneLineThatNamesTheOption() throws IOException {
        Path output = root.resolve("output");
        String vocabulary = MODEL + "/vocab.txt";
        CliRun missing = CliRun.of(
                "prepare", "--corpus", records.get(0).toString(), "--vocab", vocabulary, "--output", output.toString());
        assertEquals(1, missing.code(), missing.err());
        assertEquals(1, missing.errorLines().size(), missing.err());
        for (String word : List.of("a.jsonl, line 1", "\"text\"", "\"id\", \"body\"", "--text-field")) {
            assertTrue(missing.errorLines().get(0).contains(word), missing.err());
        }
        CliRun evaluation = CliRun.of(evaluate(records.get(2), "--seed=1"));
        assertTrue(evaluation.errorLines().get(0).contains("--text-field"), evaluation.err());

        CliRun twice = CliRun.of(evaluate(records.get(0), "--text-field=body,body"));
        assertEquals(1, twice.code(), "a name may hold commas");
        String[] prepare = {"prepare", "--corpus=" + plain, "--vocab=" + vocabulary, "--output=" + output};
        assertEquals(
                2, CliRun.of(with(prepare, "--text-field=a", "--text-field=a")).code());
        assertEquals(2, CliRun.of(with(prepare, "--text-field=")).code());
        assertEquals(
                2,
                CliRun.of("evaluate", "--model", MODEL, "--input", plain.toString(), "--text-field", "a")
                        .code());
        assertFalse(Files.exists(output));
    }

    @Test
    void plainTextHasPairsOnlyWithItsOption() {
        CliRun refused =
                CliRun.of(PretrainFixture.arguments(root.resolve("model"), "--corpus=" + plain, "--objective=mlm-nsp"));
        assertEquals(2, refused.code(), refused.err());
        assertTrue(refused.errorLines().get(0).contains("--blank-line-documents"), refused.err());
    }
}
