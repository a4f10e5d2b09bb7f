package io.github.cloze4j.kernel.cuda.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.random.RandomStream;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class AddressRangesTest {
    private static final int ADDRESSES = 40;

    @Test
    void itIsASetOfAddresses() {
        long seed = System.nanoTime();
        System.err.println("AddressRangesTest seed " + seed);
        RandomStream random = new RandomStream(seed, 0, 0, 0);
        AddressRanges ranges = new AddressRanges();
        BitSet expected = new BitSet();
        for (int round = 0; round < 5000; round++) {
            int start = random.nextInt(ADDRESSES);
            int end = start + random.nextInt(ADDRESSES - start + 1);
            if (random.nextInt(2) == 0) {
                ranges.add(start, end);
                expected.set(start, end);
            } else {
                ranges.remove(start, end);
                expected.clear(start, end);
            }
            int from = random.nextInt(ADDRESSES);
            int to = from + random.nextInt(ADDRESSES - from + 1);
            BitSet within = new BitSet();
            for (AddressRanges.Range range : ranges.within(from, to)) {
                assertTrue(range.start() < range.end());
                within.set((int) range.start(), (int) range.end());
            }
            BitSet expectedWithin = (BitSet) expected.clone();
            expectedWithin.clear(0, from);
            expectedWithin.clear(to, ADDRESSES + 1);
            assertEquals(expectedWithin, within);
            assertEquals(expected.nextClearBit(from) >= to, ranges.contains(from, to), round + ": " + from + ", " + to);
        }
    }

    @Test
    void nothingIsInAnySet() {
        AddressRanges ranges = new AddressRanges();
        ranges.add(5, 5);
        assertTrue(ranges.contains(7, 7));
        assertFalse(ranges.contains(5, 6));
    }
}
