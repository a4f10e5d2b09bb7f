package io.github.cloze4j.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.train.Evaluation;
import io.github.cloze4j.train.Score;
import io.github.cloze4j.train.StepReport;
import io.github.cloze4j.train.TrainingConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;
import org.nd4j.shade.protobuf.UnknownFieldSet;
import org.tensorflow.framework.Summary;

/**
 * The reader is Google's protocol-buffer library and TensorFlow's generated {@code Summary}, as ND4J ships them.
 * {@code org.tensorflow:proto} cannot stand beside ND4J: both hold {@code org.tensorflow.framework.Summary}.
 */
class TensorBoardLogTest {
    private static final double WALL_TIME = 1_700_000_000.25;
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1_700_000_000_250L), ZoneOffset.UTC);

    @TempDir
    Path directory;

    /** What an event holds: a version, a session's status, or scalars. */
    private record Event(double wallTime, long step, String version, long session, Map<String, Float> scalars) {
        static Event parse(byte[] record) throws InvalidProtocolBufferException {
            UnknownFieldSet fields = UnknownFieldSet.parseFrom(record);
            List<Long> steps = fields.getField(2).getVarintList();
            long session = fields.hasField(7)
                    ? UnknownFieldSet.parseFrom(
                                    fields.getField(7).getLengthDelimitedList().get(0))
                            .getField(1)
                            .getVarintList()
                            .get(0)
                    : 0;
            Map<String, Float> scalars = new LinkedHashMap<>();
            if (fields.hasField(5)) {
                Summary summary = Summary.parseFrom(
                        fields.getField(5).getLengthDelimitedList().get(0));
                assertEquals(0, summary.getUnknownFields().getSerializedSize());
                for (Summary.Value value : summary.getValueList()) {
                    assertEquals(Summary.Value.ValueCase.SIMPLE_VALUE, value.getValueCase());
                    scalars.put(value.getTag(), value.getSimpleValue());
                }
            }
            return new Event(
                    Double.longBitsToDouble(fields.getField(1).getFixed64List().get(0)),
                    steps.isEmpty() ? 0 : steps.get(0),
                    fields.hasField(3)
                            ? fields.getField(3).getLengthDelimitedList().get(0).toStringUtf8()
                            : "",
                    session,
                    scalars);
        }
    }

    private static int maskedSum(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        long crc = sum.getValue();
        return (int) (((crc >> 15) | (crc << 17)) + 0xa282ead8L);
    }

    /** Reads up to the end or a record that is cut off, as TensorBoard does; a wrong sum fails. */
    private static List<Event> read(byte[] file) throws IOException {
        List<Event> events = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        while (rest.remaining() >= 12) {
            byte[] header = new byte[8];
            rest.get(header);
            assertEquals(maskedSum(header), rest.getInt(), "sum of the length");
            long length = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong();
            if (rest.remaining() < length + 4) {
                break;
            }
            byte[] record = new byte[(int) length];
            rest.get(record);
            assertEquals(maskedSum(record), rest.getInt(), "sum of the record");
            events.add(Event.parse(record));
        }
        return events;
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }

    @Test
    void everyValueStepAndSumIsReadBack() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Event> expected = new ArrayList<>();
        expected.add(new Event(WALL_TIME, 0, "brain.Event:2", 0, Map.of()));
        expected.add(new Event(WALL_TIME, 1, "", 1, Map.of()));
        try (TensorBoardLog log = new TensorBoardLog(directory, CLOCK)) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            for (int i = 0; i < 500; i++) {
                long step = random.nextLong() >>> (1 + random.nextInt(62));
                double[] values = random.doubles(4, -10, 10).toArray();
                values[random.nextInt(4)] =
                        List.of(0.0, Double.NaN, Double.POSITIVE_INFINITY).get(random.nextInt(3));
                Score score = new Score(values[0], values[1], 10);
                log.onStep(new StepReport(step, 0.5, Map.of("mlm", score), values[1], values[2], 1, 1, values[3]));
                Map<String, Float> train = new LinkedHashMap<>();
                train.put("train/loss", (float) values[0]);
                train.put("train/learning_rate", (float) values[1]);
                train.put("train/gradient_norm", (float) values[2]);
                train.put("train/tokens_per_second", (float) values[3]);
                train.put("train/mlm_loss", (float) values[0]);
                if (!Double.isNaN(values[1])) {
                    train.put("train/mlm_accuracy", (float) values[1]);
                    train.put("train/mlm_perplexity", (float) score.perplexity());
                }
                expected.add(new Event(WALL_TIME, step, "", 0, train));
                log.onEvaluation(step, new Evaluation(Map.of("mlm", score)));
                Map<String, Float> eval = new LinkedHashMap<>();
                eval.put("eval/loss", (float) values[0]);
                eval.put("eval/mlm_loss", (float) values[0]);
                if (!Double.isNaN(values[1])) {
                    eval.put("eval/mlm_accuracy", (float) values[1]);
                    eval.put("eval/mlm_perplexity", (float) score.perplexity());
                }
                expected.add(new Event(WALL_TIME, step, "", 0, eval));
            }
            log.onEnd(Runs.result(500, null));
        }
        assertEquals(1, files().size());
        assertEquals(expected, read(Files.readAllBytes(files().get(0))), "seed " + seed);
    }

    @Test
    void scoresOfPairsAreScalarsWhereThereArePairs() throws IOException {
        Map<String, Score> scores = Runs.withPairs(new Score(2, 0.25, 1000), new Score(0.5, 0.75, 8));
        try (TensorBoardLog log = new TensorBoardLog(directory, CLOCK)) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onStep(new StepReport(1, 0.1, scores, 1e-3, 2, 100, 4, 5));
            log.onEvaluation(1, new Evaluation(scores));
        }
        List<Event> events = read(Files.readAllBytes(files().get(0)));
        for (String part : List.of("train", "eval")) {
            Map<String, Float> scalars =
                    events.get(part.equals("train") ? 2 : 3).scalars();
            assertEquals(2.5f, scalars.get(part + "/loss"), "the sum of the mean losses");
            assertEquals(2f, scalars.get(part + "/mlm_loss"));
            assertEquals(0.25f, scalars.get(part + "/mlm_accuracy"));
            assertEquals(0.5f, scalars.get(part + "/nsp_loss"));
            assertEquals(0.75f, scalars.get(part + "/nsp_accuracy"));
            assertEquals((float) Math.exp(0.5), scalars.get(part + "/nsp_perplexity"));
        }
    }

    @Test
    void metricsAreScalarsAndALossWithoutAnswersIsItsLossAlone() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(directory, CLOCK)) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onEvaluation(1, Runs.measured());
        }
        assertEquals(
                Map.of("eval/loss", 0.25f, "eval/mse_loss", 0.25f, "eval/pearson", 0.875f, "eval/label_count", -0.5f),
                read(Files.readAllBytes(files().get(0))).get(2).scalars());
    }

    /** Records that TensorBoard 2.21 itself wrote (its {@code RecordWriter} and {@code Event}) for these values. */
    @Test
    void recordsAreThoseOfTensorBoardToTheByte() {
        assertRecord(
                "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9",
                TensorBoardEvent.fileVersion(WALL_TIME));
        assertRecord(
                "100000000000000095fbfe180900001040fc54d9411097013a02080149cd8466",
                TensorBoardEvent.sessionStart(WALL_TIME, 151));
        assertRecord(
                "4f000000000000006c474f930900001040fc54d94110c0843d2a400a100a096576616c2f6c6f737315000090400a140a0d"
                        + "6576616c2f616363757261637915000000000a160a0f6576616c2f706572706c6578697479150000807fe89b1e89",
                new TensorBoardEvent(WALL_TIME, 1_000_000)
                        .scalar("eval/loss", 4.5)
                        .scalar("eval/accuracy", 0)
                        .scalar("eval/perplexity", Double.POSITIVE_INFINITY)
                        .toBytes());
    }

    private static void assertRecord(String hex, byte[] event) {
        assertEquals(hex, HexFormat.of().formatHex(RecordFraming.frame(event)));
    }

    @Test
    void aFileCutOffAtAnyByteLosesTheLastRecordOnly() throws IOException {
        try (TensorBoardLog log = new TensorBoardLog(directory, CLOCK)) {
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onStep(Runs.step(1, 10, 1));
            log.onStep(Runs.step(2, 10, 1));
        }
        byte[] file = Files.readAllBytes(files().get(0));
        List<Event> all = read(file);
        assertEquals(4, all.size());
        int records = 0;
        for (int length = 0; length <= file.length; length++) {
            List<Event> events = read(Arrays.copyOf(file, length));
            assertEquals(all.subList(0, events.size()), events);
            assertTrue(events.size() == records || events.size() == records + 1, "cut at " + length);
            records = events.size();
        }
        assertEquals(4, records);
    }

    @Test
    void aResumedRunHasAFileOfItsOwnThatComesAfter() throws IOException {
        for (int start = 1; start <= 3; start++) {
            try (TensorBoardLog log = new TensorBoardLog(directory, CLOCK)) {
                log.onStart(TrainingConfig.builder().build(), Runs.TASK, start);
                log.onStep(Runs.step(start, 10, 1));
            }
            assertEquals(start, files().size());
            List<Event> newest = read(Files.readAllBytes(files().get(start - 1)));
            assertEquals(start, newest.get(1).step(), "the start of the session takes back later steps");
            assertEquals(1, newest.get(1).session());
        }
    }

    @Test
    void anEventOutsideARunIsRefused() {
        try (TensorBoardLog log = new TensorBoardLog(directory, CLOCK)) {
            assertThrows(IllegalStateException.class, () -> log.onStep(Runs.step(1, 10, 1)));
            log.onStart(TrainingConfig.builder().build(), Runs.TASK, 1);
            log.onEnd(Runs.result(1, null));
            assertThrows(IllegalStateException.class, () -> log.onStep(Runs.step(1, 10, 1)));
        }
    }
}
