package io.github.cloze4j.kernel;

/**
 * The numbers of one step of Muon (Jordan et al., 2024).
 *
 * @param learningRate of this step
 * @param momentum decay of the running mean of the gradients, in [0, 1)
 * @param weightDecay decoupled; the value shrinks by {@code learningRate * weightDecay}
 * @param clipping of the gradient, by the norm of all gradients
 */
public record MuonStep(double learningRate, double momentum, double weightDecay, Clipping clipping) {
    /** Root mean square of an update of AdamW, which Moonshot measured (Liu et al., 2025, arXiv 2502.16982). */
    private static final double ADAMW_RMS = 0.2;

    /** The factor that a matrix shrinks by. */
    public double keep(MuonMatrix matrix) {
        return 1 - learningRate * matrix.rateFactor() * weightDecay;
    }

    /**
     * The learning rate of a matrix {@code [out, in]}, {@code 0.2 · √max(out, in)} times that of the step: {@code
     * match_rms_adamw} of {@code torch.optim.Muon}. Updates then have the size of those of AdamW, whatever the shape.
     */
    public double rate(MuonMatrix matrix) {
        long longest = Math.max(matrix.value().size(0), matrix.value().size(1));
        return learningRate * matrix.rateFactor() * ADAMW_RMS * Math.sqrt((double) longest);
    }

    /** These numbers with another clipping. */
    MuonStep with(Clipping other) {
        return new MuonStep(learningRate, momentum, weightDecay, other);
    }
}
