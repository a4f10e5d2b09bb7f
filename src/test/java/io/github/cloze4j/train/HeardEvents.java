package io.github.cloze4j.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Writes down what a listener is told behind the start of a run. */
class HeardEvents implements TrainingListener {
    final List<String> heard = new ArrayList<>();
    private final Supplier<String> ofAStep;

    /** @param ofAStep what is written behind each step */
    HeardEvents(Supplier<String> ofAStep) {
        this.ofAStep = ofAStep;
    }

    @Override
    public void onStep(StepReport report) {
        heard.add("step " + report.step() + ofAStep.get());
    }

    @Override
    public void onEvaluationStart(long step) {
        heard.add("evaluating " + step);
    }

    @Override
    public void onEvaluation(long step, Evaluation evaluation) {
        heard.add("evaluation " + step);
    }

    @Override
    public void onCheckpoint(long step, Path checkpoint) {
        heard.add("checkpoint " + step);
    }

    @Override
    public void onEnd(TrainingResult result) {
        heard.add("end " + result.steps());
    }
}
