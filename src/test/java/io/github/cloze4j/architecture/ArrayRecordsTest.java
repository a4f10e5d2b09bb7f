package io.github.cloze4j.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.github.cloze4j.data.Batch;
import io.github.cloze4j.data.Targets;
import io.github.cloze4j.data.TokenDocuments;
import io.github.cloze4j.data.masking.Masker;
import io.github.cloze4j.data.masking.PackedRow;
import io.github.cloze4j.kernel.Documents;
import io.github.cloze4j.model.PassShape;
import io.github.cloze4j.model.Prompt;
import io.github.cloze4j.pretrain.PretrainingData;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.TensorType;
import io.github.cloze4j.testing.LossCurve;
import io.github.cloze4j.testing.SeededRun;
import io.github.cloze4j.testing.SyntheticData;
import io.github.cloze4j.tokenizer.Encoding;
import io.github.cloze4j.train.TrainingResult;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A record compares and prints its arrays by identity, unless it says otherwise: every public one of ours does. */
class ArrayRecordsTest {
    private static final int SHORT = 300;
    private static final int LONG = 10_000;

    /** Each public record with an array: an instance whose arrays hold a number. */
    private static final Map<Class<?>, IntFunction<Object>> MADE = Map.of(
            PackedRow.class, n -> new PackedRow(numbers(n), new int[] {0, LONG}),
            Masker.Masked.class, n -> new Masker.Masked(numbers(n), numbers(n)),
            Batch.class, ArrayRecordsTest::batch,
            Targets.class, n -> new Targets(numbers(n), numbers(n)),
            Documents.class,
                    n -> Documents.bidirectional(
                            IntStream.range(0, LONG).map(i -> i * n).toArray()),
            Prompt.class, n -> Prompt.causal(numbers(n)),
            PassShape.class, n -> new PassShape(1, LONG, new int[] {n, n}, false),
            Encoding.class, n -> new Encoding(numbers(n), numbers(0), numbers(0), numbers(0), new boolean[LONG]),
            NamedTensor.class,
                    n -> new NamedTensor(
                            "a",
                            TensorType.F32,
                            new long[] {1},
                            ByteBuffer.allocate(4).put(0, (byte) n)),
            SeededRun.class,
                    n -> new SeededRun(
                            new TrainingResult(1, 1, 1, 1, 1, null, false, null), new LossCurve(), new float[] {n}));

    private static int[] numbers(int n) {
        return IntStream.range(0, LONG).map(i -> i + n).toArray();
    }

    private static Batch batch(int n) {
        int[] labels = {n};
        int[] zeros = new int[LONG];
        return new Batch(
                1,
                LONG,
                zeros,
                zeros.clone(),
                zeros.clone(),
                Documents.bidirectional(0, LONG),
                LONG,
                List.of(new Targets(new int[] {1}, labels)));
    }

    private static boolean holdsAnArray(Class<?> type) {
        return Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .anyMatch(Class::isArray);
    }

    @Test
    void everyPublicRecordWithAnArrayIsInThisTest() {
        String tests = ArrayRecordsTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();
        TreeSet<String> found = new ClassFileImporter()
                .withImportOption(location -> !location.contains(tests)).importPackages("io.github.cloze4j").stream()
                        .filter(type -> type.isRecord() && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(JavaClass::reflect)
                        .filter(ArrayRecordsTest::holdsAnArray)
                        .map(Class::getName)
                        .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(MADE.keySet().stream().map(Class::getName).collect(Collectors.toCollection(TreeSet::new)), found);
    }

    @Test
    void arraysAreComparedByTheirContentAndNotPrinted() {
        MADE.forEach((type, make) -> {
            Object one = make.apply(1);
            assertEquals(one, make.apply(1), type.getName());
            assertEquals(one.hashCode(), make.apply(1).hashCode(), type.getName());
            assertNotEquals(one, make.apply(2), type.getName());
            assertTrue(one.toString().length() < SHORT, one.toString());
            assertFalse(one.toString().contains("[I@"), one.toString());
        });
    }

    @Test
    void dataOfManyDocumentsPrintsShort() {
        List<int[]> documents =
                IntStream.range(0, LONG).mapToObj(i -> new int[] {5, 6, 7}).toList();
        TokenDocuments data = TokenDocuments.of(8, documents);
        assertTrue(data.toString().contains(LONG + " documents"), data.toString());
        assertTrue(data.toString().length() < SHORT, data.toString());
        assertEquals(
                data, TokenDocuments.of(8, documents.stream().map(int[]::clone).toList()));
        assertNotEquals(data, TokenDocuments.of(9, documents));
        String training = new PretrainingData(data, data, SyntheticData.vocabulary(8), 0).toString();
        assertTrue(training.length() < SHORT + SHORT, training);
    }
}
