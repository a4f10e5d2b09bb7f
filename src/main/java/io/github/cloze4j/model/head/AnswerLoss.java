package io.github.cloze4j.model.head;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.kernel.Arena;
import io.github.cloze4j.kernel.ClassLoss;
import io.github.cloze4j.kernel.Kernels;
import io.github.cloze4j.kernel.LossSum;
import io.github.cloze4j.kernel.Pending;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The loss of a head: which right answers it takes, and how far the head's scores are from them. */
abstract class AnswerLoss {
    /** @throws IllegalArgumentException if the targets have other right answers than this loss takes */
    abstract void require(Targets targets, int outputs);

    /**
     * The sum over all answers.
     *
     * @param scores {@code [rows, outputs]}; {@code gradientScale} times the gradient of the sum takes their place
     */
    abstract Pending<LossSum> apply(Kernels kernels, INDArray scores, Targets targets, double gradientScale);

    /** One class of several: a label for each answer. */
    static AnswerLoss ofClasses(int rowsOfAnswer, ClassLoss loss) {
        return new AnswerLoss() {
            @Override
            void require(Targets targets, int outputs) {
                requireRows(targets, rowsOfAnswer);
                requireCount("label", targets.labels().length, targets.answers());
                targets.requireLabelsBelow(outputs);
            }

            @Override
            Pending<LossSum> apply(Kernels kernels, INDArray scores, Targets targets, double gradientScale) {
                return kernels.crossEntropy(scores, targets.labels(), loss, gradientScale);
            }
        };
    }

    /** Any number of classes: a value for each class of each row, 0 or 1. */
    static AnswerLoss ofClassSets() {
        return ofValues(Kernels::sigmoidCrossEntropy);
    }

    /** Numbers: as many values as outputs for each row. */
    static AnswerLoss ofNumbers() {
        return ofValues(Kernels::squaredError);
    }

    /** An operation of kernels on scores {@code [rows, outputs]} and as many values. */
    @FunctionalInterface
    private interface ValueLoss {
        Pending<LossSum> apply(Kernels kernels, INDArray scores, float[] values, double gradientScale);
    }

    private static AnswerLoss ofValues(ValueLoss loss) {
        return new AnswerLoss() {
            @Override
            void require(Targets targets, int outputs) {
                requireRows(targets, 1);
                requireCount("value", targets.values().length, targets.answers() * outputs);
            }

            @Override
            Pending<LossSum> apply(Kernels kernels, INDArray scores, Targets targets, double gradientScale) {
                return loss.apply(kernels, scores, targets.values(), gradientScale);
            }
        };
    }

    /** One of several rows: as many rows for each answer, and the number of the right one. */
    static AnswerLoss ofChoices() {
        return new AnswerLoss() {
            @Override
            void require(Targets targets, int outputs) {
                int choices = choices(targets);
                requireRows(targets, choices);
                requireCount("label", targets.labels().length, targets.answers());
                targets.requireLabelsBelow(choices);
            }

            @Override
            Pending<LossSum> apply(Kernels kernels, INDArray scores, Targets targets, double gradientScale) {
                INDArray byAnswer = Arena.matrix(scores, targets.answers(), choices(targets));
                return kernels.crossEntropy(byAnswer, targets.labels(), gradientScale);
            }

            private int choices(Targets targets) {
                return targets.count() / targets.answers();
            }
        };
    }

    /** The first and the last row of an answer among its rows: two labels, counted from the answer's first row. */
    static AnswerLoss ofSpans() {
        return new AnswerLoss() {
            @Override
            void require(Targets targets, int outputs) {
                int[] labels = targets.labels();
                requireCount("label", labels.length, 2 * targets.answers());
                int begin = 0;
                for (int answer = 0; answer < targets.answers(); answer++) {
                    int rows = targets.ends()[answer] - begin;
                    begin = targets.ends()[answer];
                    int last = Math.max(labels[2 * answer], labels[2 * answer + 1]);
                    if (last >= rows) {
                        throw new IllegalArgumentException("Expected an answer within its " + rows
                                + " rows. Received: row " + last + ". Make the targets anew");
                    }
                }
            }

            @Override
            Pending<LossSum> apply(Kernels kernels, INDArray scores, Targets targets, double gradientScale) {
                return kernels.spanCrossEntropy(scores, targets.ends(), targets.labels(), gradientScale);
            }
        };
    }

    private static void requireRows(Targets targets, int rowsOfAnswer) {
        int end = 0;
        for (int next : targets.ends()) {
            if (next - end != rowsOfAnswer) {
                throw new IllegalArgumentException("Expected " + rowsOfAnswer + " rows for each answer. Received: "
                        + (next - end) + ". Make targets for this head");
            }
            end = next;
        }
    }

    private static void requireCount(String what, int received, int expected) {
        if (received != expected) {
            throw new IllegalArgumentException("Expected " + expected + " " + what + "s in all. Received: " + received
                    + ". Make targets for this head");
        }
    }
}
