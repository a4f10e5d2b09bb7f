package io.github.cloze4j.train;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.data.BatchCursor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The counters of a run. Together with the parameters and the moments of the optimizer, they are all that a resumed run needs. */
final class TrainingState {
    private static final String STEP = "step";
    private static final String MICRO_BATCH = "micro_batch";
    private static final String TOKENS = "tokens";
    private static final String SECONDS = "seconds";
    private static final String STAGE = "stage";
    private static final String EPOCH = "epoch";
    private static final String POSITION = "position";
    private static final String RECENT_LOSSES = "recent_losses";
    private static final String EVALUATION_OWED = "evaluation_owed";
    private static final String SCHEDULE = "schedule";
    private static final String LEARNING_RATE = "learning_rate";

    /** Optimizer steps done. */
    long step;

    /** Micro-batches done: what dropout masks are drawn from, so that no two are alike. */
    long microBatch;

    /** Real tokens seen. */
    long tokens;

    /** Training time, evaluating and saving excluded. */
    double seconds;

    /** Where the next batch begins. */
    BatchCursor cursor = BatchCursor.START;

    /** The last losses, for the result of the run. */
    RecentLosses recentLosses = new RecentLosses();

    /** Whether an evaluation was due after this step and broken off by a stop. */
    boolean evaluationOwed;

    /** The budget and the learning-rate schedule that the run was on; empty in checkpoints that do not say it. */
    String schedule = "";

    /** The learning rate of the last step. */
    double learningRate;

    /** The best evaluation until now; null if the run selects no model. */
    @Nullable
    BestRecord best;

    Map<String, String> toMap() {
        Map<String, String> map = new LinkedHashMap<>();
        map.put(STEP, Long.toString(step));
        map.put(MICRO_BATCH, Long.toString(microBatch));
        map.put(TOKENS, Long.toString(tokens));
        map.put(SECONDS, Double.toString(seconds));
        map.put(STAGE, Integer.toString(cursor.stage()));
        map.put(EPOCH, Long.toString(cursor.epoch()));
        map.put(POSITION, Long.toString(cursor.position()));
        map.put(RECENT_LOSSES, recentLosses.toText());
        map.put(EVALUATION_OWED, Boolean.toString(evaluationOwed));
        map.put(SCHEDULE, schedule);
        map.put(LEARNING_RATE, Double.toString(learningRate));
        if (best != null) {
            best.write(map);
        }
        return map;
    }

    static TrainingState fromMap(Map<String, String> map) {
        try {
            TrainingState state = new TrainingState();
            state.step = Long.parseLong(required(map, STEP));
            state.microBatch = Long.parseLong(required(map, MICRO_BATCH));
            state.tokens = Long.parseLong(required(map, TOKENS));
            state.seconds = Double.parseDouble(required(map, SECONDS));
            state.cursor = new BatchCursor(
                    Integer.parseInt(map.getOrDefault(STAGE, "0")),
                    Long.parseLong(required(map, EPOCH)),
                    Long.parseLong(required(map, POSITION)));
            state.recentLosses = RecentLosses.of(required(map, RECENT_LOSSES));
            state.evaluationOwed = Boolean.parseBoolean(required(map, EVALUATION_OWED));
            state.schedule = map.getOrDefault(SCHEDULE, "");
            state.learningRate = Double.parseDouble(map.getOrDefault(LEARNING_RATE, "0"));
            state.best = BestRecord.read(map).orElse(null);
            return state;
        } catch (IllegalArgumentException malformed) {
            throw new CheckpointFormatException(
                    "Expected numbers in the state of a checkpoint. Received: " + map
                            + ". Delete that checkpoint; the one before it is used then",
                    malformed);
        }
    }

    static String required(Map<String, String> map, String name) {
        String value = map.get(name);
        if (value == null) {
            throw new CheckpointFormatException("Expected " + name + " in the state of a checkpoint. Received: "
                    + map.keySet() + ". Resume with the version of Cloze4J that wrote it");
        }
        return value;
    }
}
