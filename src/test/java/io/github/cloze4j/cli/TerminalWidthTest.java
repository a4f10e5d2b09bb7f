package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TerminalWidthTest {
    @Test
    void columnsAreTheSecondNumberAndThoseOfTheUsualTerminalWhereThereIsNone() {
        assertEquals(40, TerminalWidth.parse("24 40\n"));
        for (String nothing : new String[] {"", "0 0\n", "stty: standard input: Not a tty"}) {
            assertEquals(TerminalWidth.USUAL, TerminalWidth.parse(nothing), nothing);
        }
    }

    @Test
    void withOrWithoutATerminalThereIsAWidth() {
        assertTrue(new TerminalWidth().getAsInt() > 0);
    }
}
