package io.github.cloze4j.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentsTest {
    @Test
    void saysWhereDocumentsAre() {
        Documents documents = new Documents(new int[] {0, 1, 4, 9}, new int[] {0, 3, 2});
        assertEquals(3, documents.count());
        assertEquals(9, documents.tokens());
        assertEquals(4, documents.begin(2));
        assertEquals(9, documents.end(2));
        assertEquals(3, documents.length(1));
        assertEquals(5, documents.longest());
        assertEquals(2, documents.prefix(2));
    }

    @ParameterizedTest
    @CsvSource({"0, 5 6 7 8", "1, 5 6 7 8", "2, 6 6 7 8", "3, 7 7 7 8", "4, 8 8 8 8"})
    void aTokenSeesThePrefixAndWhatIsBeforeIt(int prefix, String ends) {
        Documents documents = new Documents(new int[] {0, 4, 8}, new int[] {4, prefix});
        String received = IntStream.range(4, 8)
                .mapToObj(token -> String.valueOf(documents.visibleEnd(1, token)))
                .reduce((a, b) -> a + " " + b)
                .orElseThrow();
        assertEquals(ends, received);
        assertEquals(4, documents.visibleEnd(0, 0));
        assertEquals(prefix == 4, documents.isBidirectional(1));
    }

    @Test
    void bidirectionalAndCausalAreTheEndsOfTheRange() {
        assertEquals(new Documents(new int[] {0, 1, 4}, new int[] {1, 3}), Documents.bidirectional(0, 1, 4));
        assertEquals(new Documents(new int[] {0, 1, 4}, new int[] {0, 0}), Documents.causal(0, 1, 4));
        assertTrue(Documents.causal(0, 1, 4).isBidirectional(0), "a single token sees all there is");
    }

    @Test
    void equalityIsByValueAndNoArrayIsShared() {
        int[] offsets = {0, 1, 4};
        int[] prefixes = {1, 2};
        Documents documents = new Documents(offsets, prefixes);
        Documents same = new Documents(offsets.clone(), prefixes.clone());
        offsets[1] = 9;
        prefixes[1] = 9;
        documents.offsets()[1] = 9;
        documents.prefixes()[1] = 9;
        assertEquals(same, documents);
        assertEquals(same.hashCode(), documents.hashCode());
        assertNotEquals(Documents.causal(0, 1, 4), documents);
        assertNotEquals(Documents.bidirectional(0, 2, 4), Documents.bidirectional(0, 1, 4));
    }

    @Test
    void whatKernelsCannotRelyOnIsRefused() {
        // Kernels take addresses from these numbers.
        assertRefused("9 after 9", () -> Documents.bidirectional(0, 9, 9));
        assertRefused("8 after 9", () -> Documents.causal(0, 9, 8));
        assertRefused("1 after 2147483647", () -> Documents.bidirectional(0, Integer.MAX_VALUE, 1));
        assertRefused("from 1", () -> Documents.causal(1, 2));
        assertRefused("1 offsets", () -> Documents.causal(0));
        assertRefused("0 offsets", Documents::bidirectional);
        assertRefused("Received: -1", () -> new Documents(new int[] {0, 2}, new int[] {-1}));
        assertRefused("Received: 3", () -> new Documents(new int[] {0, 2}, new int[] {3}));
        assertRefused("Received: 2", () -> new Documents(new int[] {0, 2}, new int[] {0, 0}));
    }

    private static void assertRefused(String message, Runnable make) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, make::run);
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }
}
