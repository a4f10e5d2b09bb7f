package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class InputTextsTest {
    @Test
    void aLongTextIsQuotedUpToAWholeCharacter() {
        assertEquals("'short'", InputTexts.quote("short"));
        assertEquals("'" + "a".repeat(40) + "'", InputTexts.quote("a".repeat(40)));
        assertEquals("'" + "a".repeat(40) + "…'", InputTexts.quote("a".repeat(41)));
        assertEquals("'" + "a".repeat(39) + "…'", InputTexts.quote("a".repeat(39) + "😀 and more"));
        assertEquals("'" + "😀".repeat(20) + "…'", InputTexts.quote("😀".repeat(21)));
    }
}
