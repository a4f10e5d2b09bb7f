package io.github.cloze4j.pretrain;

import io.github.cloze4j.data.Objective;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * The objectives of a pretraining, one after the other, each for a share of the budget: {@code clm:0.25,mlm} is a quarter with
 * the next word and the rest with masked words. Immutable.
 *
 * @param stages in their order; an objective may come again
 */
public record ObjectiveSchedule(List<Stage> stages) {
    /** What the shares may be off 1 in all, since they are decimal fractions. */
    private static final double ROUNDING = 1e-9;

    /**
     * An objective and its share.
     *
     * @param share the share of the budget, in (0, 1]
     */
    public record Stage(Objective objective, double share) {
        /** Checks the share. */
        public Stage {
            Objects.requireNonNull(objective, "objective");
            if (!(share > 0 && share <= 1)) {
                throw new IllegalArgumentException(
                        "Expected a share of the budget in (0, 1]. Received: " + share + " for " + objective.text());
            }
        }
    }

    /** Copies the list, and checks that the shares are the whole budget and that the objectives may follow each other. */
    public ObjectiveSchedule {
        stages = List.copyOf(stages);
        double sum = stages.stream().mapToDouble(Stage::share).sum();
        if (Math.abs(sum - 1) > ROUNDING) {
            throw new IllegalArgumentException("Expected objectives whose shares of the budget are 1 in all. Received: "
                    + sum + ". Leave out the share of the last objective, which then takes the rest");
        }
        if (stages.size() > 1
                && stages.stream().anyMatch(stage -> stage.objective().hasPairs())) {
            throw new IllegalArgumentException(
                    "Expected objectives that read the same texts, such as clm, prefix-lm and"
                            + " mlm, one after the other. Received: "
                            + stages.stream()
                                    .map(stage -> stage.objective().text())
                                    .toList()
                            + ". Train mlm-nsp and mlm-sop alone");
        }
    }

    /** One objective for the whole budget. */
    public static ObjectiveSchedule of(Objective objective) {
        return new ObjectiveSchedule(List.of(new Stage(objective, 1)));
    }

    /**
     * Reads a schedule.
     *
     * @param text names of objectives between commas, each with a colon and its share of the budget; the last one has none, and
     *     takes the rest
     * @throws IllegalArgumentException if the text is no such list
     */
    public static ObjectiveSchedule parse(String text) {
        List<Stage> stages = new ArrayList<>();
        double left = 1;
        String[] parts = text.split(",", -1);
        for (int i = 0; i < parts.length; i++) {
            String[] pair = parts[i].trim().split(":", -1);
            Objective objective = objective(pair[0].trim());
            if (pair.length > 2 || (pair.length == 1 && i < parts.length - 1)) {
                throw new IllegalArgumentException(
                        "Expected an objective with a share of the budget before another one,"
                                + " such as clm:0.25,mlm. Received: " + parts[i].trim() + " in " + text);
            }
            double share = pair.length == 2 ? share(pair[1].trim(), text) : left;
            if (share <= 0) {
                throw new IllegalArgumentException(
                        "Expected shares that leave a part of the budget to the last objective."
                                + " Received: none for " + pair[0] + " in " + text);
            }
            stages.add(new Stage(objective, share));
            left -= share;
        }
        return new ObjectiveSchedule(stages);
    }

    private static Objective objective(String name) {
        for (Objective objective : Objective.values()) {
            if (objective.text().equals(name)) {
                return objective;
            }
        }
        throw new IllegalArgumentException("Expected one of "
                + Arrays.stream(Objective.values()).map(Objective::text).collect(Collectors.joining(", "))
                + ". Received: " + (name.isEmpty() ? "nothing" : name));
    }

    private static double share(String number, String text) {
        try {
            return Double.parseDouble(number);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "Expected a share of the budget as a number, such as clm:0.25,mlm. Received: "
                            + (number.isEmpty() ? "nothing" : number) + " in " + text,
                    e);
        }
    }

    /**
     * The number of the stage for a step.
     *
     * @param used the share of the budget that is used before the step
     */
    public int stageAt(double used) {
        double end = 0;
        for (int i = 0; i < stages.size() - 1; i++) {
            end += stages.get(i).share();
            if (used < end - ROUNDING) {
                return i;
            }
        }
        return stages.size() - 1;
    }

    /** The objective of a stage. */
    public Objective objective(int stage) {
        return stages.get(stage).objective();
    }

    /** The objective that a run ends with: what its model is for. */
    public Objective last() {
        return objective(stages.size() - 1);
    }

    /** The objectives without those that come again, in the order of their first stage. */
    public List<Objective> objectives() {
        return stages.stream().map(Stage::objective).distinct().toList();
    }

    /** Whether some stage predicts the next word. */
    public boolean predictsNext() {
        return stages.stream().anyMatch(stage -> stage.objective().predictsNext());
    }

    /** Whether some stage masks words. */
    public boolean masks() {
        return stages.stream().anyMatch(stage -> !stage.objective().predictsNext());
    }

    /** Room for special tokens in each text: that of the objective which adds the most, so that all read the same texts. */
    public int addedTokens() {
        return most(Objective::addedTokens);
    }

    /** Token types of the batches. */
    public int tokenTypes() {
        return most(Objective::tokenTypes);
    }

    /** The tokens of the shortest row. */
    public int shortestRow() {
        return most(Objective::shortestRow);
    }

    private int most(ToIntFunction<Objective> size) {
        return stages.stream().map(Stage::objective).mapToInt(size).max().orElseThrow();
    }

    /** The schedule as {@link #parse} reads it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < stages.size(); i++) {
            boolean last = i == stages.size() - 1;
            text.append(objective(i).text())
                    .append(last ? "" : ":" + stages.get(i).share() + ",");
        }
        return text.toString();
    }
}
