package io.github.cloze4j.cli.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PretrainReportTest {
    @Test
    void anEmptyContinuationIsNamed() {
        assertEquals("(nothing)", PretrainReport.shown(" "));
        assertEquals("runs .", PretrainReport.shown(" runs ."));
    }
}
