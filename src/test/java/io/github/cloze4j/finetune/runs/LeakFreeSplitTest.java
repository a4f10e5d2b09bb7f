package io.github.cloze4j.finetune.runs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeakFreeSplitTest {
    private static final List<Integer> RECORDS =
            IntStream.range(0, 20_000).boxed().toList();

    @Test
    void everyRecordIsInOnePartAndTheSharesAreEightToOneToOne() {
        Map<Part, List<Integer>> parts = LeakFreeSplit.of(1, RECORDS, record -> List.of("key " + record));
        assertEquals(16_000, parts.get(Part.TRAIN).size(), 300);
        assertEquals(2_000, parts.get(Part.VALIDATION).size(), 200);
        assertEquals(2_000, parts.get(Part.TEST).size(), 200);
        HashSet<Integer> all = new HashSet<>();
        parts.values().forEach(all::addAll);
        assertEquals(RECORDS.size(), all.size());
        assertEquals(
                RECORDS.size(), parts.values().stream().mapToInt(List::size).sum());
    }

    /** Record i shares a key with i + 1 unless i is the last of a chain of seven. */
    @Test
    void recordsThatShareAKeyThroughOthersAreInOnePart() {
        Map<Part, List<Integer>> parts = LeakFreeSplit.of(
                2,
                RECORDS,
                record -> record % 7 == 6 ? List.of("k" + record) : List.of("k" + record, "k" + (record + 1)));
        Map<Integer, Part> partOfChain = new HashMap<>();
        parts.forEach((part, list) -> list.forEach(record -> {
            Part earlier = partOfChain.put(record / 7, part);
            assertTrue(earlier == null || earlier == part, "chain " + record / 7);
        }));
        assertTrue(parts.get(Part.TEST).size() > 1_000);
    }

    @Test
    void aGroupWithMoreThanOnePercentOfTheRecordsIsTrainingData() {
        for (long seed = 0; seed < 30; seed++) {
            Map<Part, List<Integer>> parts =
                    LeakFreeSplit.of(seed, RECORDS, record -> List.of(record < 201 ? "large" : "key " + record));
            assertTrue(parts.get(Part.TRAIN).containsAll(List.of(0, 100, 200)), "seed " + seed);
        }
    }

    @Test
    void theSeedDecidesPartsAndOrder() {
        Map<Part, List<Integer>> one = LeakFreeSplit.of(5, RECORDS, record -> List.of("key " + record));
        assertEquals(one, LeakFreeSplit.of(5, RECORDS, record -> List.of("key " + record)));
        Map<Part, List<Integer>> other = LeakFreeSplit.of(6, RECORDS, record -> List.of("key " + record));
        assertNotEquals(new HashSet<>(one.get(Part.TEST)), new HashSet<>(other.get(Part.TEST)));
        assertNotEquals(one.get(Part.TRAIN).stream().sorted().toList(), one.get(Part.TRAIN));
    }
}
