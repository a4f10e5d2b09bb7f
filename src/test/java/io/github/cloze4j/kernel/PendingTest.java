package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PendingTest {
    private final List<String> reads = new ArrayList<>();

    private Pending<String> late(String value) {
        return new Pending<>() {
            @Override
            public String read() {
                reads.add(value);
                return value;
            }

            @Override
            public boolean isReady() {
                return reads.contains(value);
            }
        };
    }

    @Test
    void whatIsThereIsReady() {
        assertEquals(3, Pending.of(3).read());
        assertTrue(Pending.of(3).isReady());
        assertTrue(Pending.of(3).and(Pending.of(1), Integer::sum).isReady());
        assertEquals(7, Pending.of(3).and(Pending.of(4), Integer::sum).read());
    }

    @Test
    void whatIsMadeOfResultsIsReadyWhenAllAreAndReadsNothingBefore() {
        Pending<String> first = late("a");
        Pending<String> second = late("b");
        Pending<String> both = first.and(second, String::concat).and(Pending.of("c"), String::concat);
        assertFalse(both.isReady());
        assertEquals(List.of(), reads);
        first.read();
        assertFalse(both.isReady());
        reads.clear();
        assertEquals("abc", both.read());
        assertEquals(List.of("a", "b"), reads);
        assertTrue(both.isReady());
    }
}
