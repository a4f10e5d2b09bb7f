package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordScoreTest {
    @Test
    void piecesBecomeAWord() {
        List<double[]> pieces = List.of(new double[] {0.5, 0.5}, new double[] {0.25, 0.75}, new double[] {0.5, 0.5});
        assertArrayEquals(new double[] {0.5, 0.5}, WordScore.FIRST_PIECE.of(pieces));
        assertArrayEquals(new double[] {1.25 / 3, 1.75 / 3}, WordScore.AVERAGE.of(pieces), 1e-12);
        assertArrayEquals(new double[] {0.25, 0.75}, WordScore.MAXIMUM.of(pieces));
    }
}
