package io.github.cloze4j.finetune;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Held-out records that a model is asked about, some at a time, so that an evaluation can be given up. */
final class HeldOutRecords {
    private HeldOutRecords() {}

    /**
     * The answers to all records, in their order.
     *
     * @param atATime records between two looks at whether to stop
     * @param ask gives an answer to each of some records
     * @return empty if it was given up
     */
    static <R, A> Optional<List<A>> ask(
            List<R> records, int atATime, BooleanSupplier stop, Function<List<R>, List<A>> ask) {
        List<A> answers = new ArrayList<>();
        for (int first = 0; first < records.size(); first += atATime) {
            if (stop.getAsBoolean()) {
                return Optional.empty();
            }
            answers.addAll(ask.apply(records.subList(first, Math.min(first + atATime, records.size()))));
        }
        return Optional.of(answers);
    }
}
