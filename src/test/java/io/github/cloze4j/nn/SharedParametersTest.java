package io.github.cloze4j.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

/** Layers that may share parameters get the ones that were declared before; others are refused. */
final class SharedParametersTest {
    @Test
    void givesAParameterAgainOnlyToLayersThatShare() {
        ParameterLayout layout = new ParameterLayout();
        Parameter weight = layout.sharing().weight("weight", Initial.RANDOM, 2, 3);
        assertSame(weight, layout.sharing().weight("weight", Initial.RANDOM, 2, 3));
        assertEquals(1, layout.parameters().size());
        assertThrows(IllegalArgumentException.class, () -> layout.weight("weight", Initial.RANDOM, 2, 3));
    }

    @Test
    void refusesAnotherShapeOfTheSameName() {
        ParameterLayout layout = new ParameterLayout();
        layout.weight("weight", Initial.RANDOM, 2, 3);
        assertThrows(IllegalArgumentException.class, () -> layout.sharing().weight("weight", Initial.RANDOM, 3, 2));
    }
}
