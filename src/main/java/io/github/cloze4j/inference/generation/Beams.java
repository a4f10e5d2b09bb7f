package io.github.cloze4j.inference.generation;

import io.github.cloze4j.inference.generation.Candidates.Candidate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The beam search of one prompt: what {@code _beam_search} of transformers 5.18 does for it. Each step takes the {@code 2 * numBeams} best
 * continuations. Those among the first {@code numBeams} that end are finished texts, of which the best {@code numBeams} are kept. The
 * best {@code numBeams} that go on are the next beams.
 */
final class Beams {
    private static final Comparator<GeneratedText> BEST_FIRST =
            Comparator.comparingDouble((GeneratedText text) -> -text.score());

    private final GenerationPrompt prompt;
    private final GenerationConfig config;
    private final Endings endings;
    private List<Hypothesis> running;
    private List<Candidate> chosen = List.of();
    private final List<GeneratedText> finished = new ArrayList<>();
    private boolean done;

    Beams(GenerationPrompt prompt, GenerationConfig config, Endings endings) {
        this.prompt = prompt;
        this.config = config;
        this.endings = endings;
        running = List.of(new Hypothesis(prompt.start(), 0, 0));
    }

    /** The texts that go on, the best first. */
    List<Hypothesis> running() {
        return running;
    }

    /** For each text that goes on the number of the text before that it continues, and its new token. */
    List<Candidate> chosen() {
        return chosen;
    }

    /** Whether nothing better can be found. */
    boolean done() {
        return done;
    }

    /** The best texts, the best first. */
    List<GeneratedText> answers() {
        return finished.subList(0, Math.min(finished.size(), config.numReturnSequences()));
    }

    /** @param candidates the best continuations of the beams, the best first */
    void step(List<Candidate> candidates) {
        List<Hypothesis> next = new ArrayList<>();
        List<Candidate> goOn = new ArrayList<>();
        List<GeneratedText> ended = new ArrayList<>();
        for (int i = 0; i < candidates.size(); i++) {
            Candidate candidate = candidates.get(i);
            TokenSequence sequence = running.get(candidate.beam()).sequence().with(candidate.id());
            FinishReason reason = endings.reason(prompt, sequence);
            if (reason == null) {
                if (next.size() < config.numBeams()) {
                    next.add(new Hypothesis(sequence, candidate.score(), candidate.logProbability()));
                    goOn.add(candidate);
                }
            } else if (i < config.numBeams()) {
                double score = candidate.score() / lengthFactor(sequence.generatedLength());
                ended.add(endings.answer(prompt, sequence, candidate.logProbability(), score, reason));
            }
        }
        finish(ended);
        running = next;
        chosen = goOn;
        done = next.isEmpty() || !canImprove() || (isFull() && config.earlyStopping() == EarlyStopping.TRUE);
    }

    private void finish(List<GeneratedText> ended) {
        finished.addAll(ended);
        // The sort is stable: of equals the text that was finished first.
        finished.sort(BEST_FIRST);
        if (finished.size() > config.numBeams()) {
            finished.subList(config.numBeams(), finished.size()).clear();
        }
    }

    private boolean isFull() {
        return finished.size() == config.numBeams();
    }

    private boolean canImprove() {
        if (!isFull()) {
            return true;
        }
        Hypothesis best = running.get(0);
        boolean mayGrow = config.earlyStopping() == EarlyStopping.NEVER && config.lengthPenalty() > 0;
        int length = mayGrow ? prompt.mostNewTokens() : best.sequence().generatedLength();
        return best.score() / lengthFactor(length)
                > finished.get(finished.size() - 1).score();
    }

    private double lengthFactor(int length) {
        return Math.pow(length, config.lengthPenalty());
    }
}
