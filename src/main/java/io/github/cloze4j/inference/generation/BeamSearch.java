package io.github.cloze4j.inference.generation;

import io.github.cloze4j.inference.Probabilities;
import io.github.cloze4j.inference.generation.Candidates.Candidate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Goes on with several texts of each prompt at the same time, and keeps the best: {@link Beams} for many prompts. */
final class BeamSearch implements Search {
    private final SearchParts parts;
    private final GenerationConfig config;

    BeamSearch(SearchParts parts, GenerationConfig config) {
        this.parts = parts;
        this.config = config;
    }

    @Override
    public List<List<GeneratedText>> run(List<GenerationPrompt> prompts, int mostTexts) {
        int most = Math.max(1, mostTexts / config.numBeams());
        List<List<GeneratedText>> answers = new ArrayList<>();
        for (int first = 0; first < prompts.size(); first += most) {
            answers.addAll(run(prompts.subList(first, Math.min(first + most, prompts.size()))));
        }
        return answers;
    }

    private List<List<GeneratedText>> run(List<GenerationPrompt> prompts) {
        parts.decoding().begin(prompts.stream().map(GenerationPrompt::model).toList());
        List<Beams> all = prompts.stream()
                .map(prompt -> new Beams(prompt, config, parts.endings()))
                .toList();
        List<Beams> growing = all;
        while (true) {
            parts.rows().read(parts.decoding().scores());
            List<Integer> texts = new ArrayList<>();
            List<Integer> ids = new ArrayList<>();
            int first = 0;
            for (Beams beams : growing) {
                int count = beams.running().size();
                List<Candidate> candidates = candidates(beams, first);
                if (candidates.isEmpty() && beams.answers().isEmpty()) {
                    throw LogitsProcessors.nothingAllowed(
                            beams.running().get(0).sequence().generatedLength());
                }
                beams.step(candidates);
                if (!beams.done()) {
                    for (Candidate candidate : beams.chosen()) {
                        texts.add(first + candidate.beam());
                        ids.add(candidate.id());
                    }
                }
                first += count;
            }
            growing = growing.stream().filter(beams -> !beams.done()).toList();
            if (growing.isEmpty()) {
                break;
            }
            Search.requireNoInterrupt();
            parts.decoding().select(ints(texts));
            parts.decoding().append(ints(ids));
        }
        List<List<GeneratedText>> answers =
                all.stream().map(beams -> List.copyOf(beams.answers())).toList();
        TextListener listener = parts.listener();
        if (listener != null) {
            answers.forEach(ofPrompt -> handOut(ofPrompt, listener));
        }
        return answers;
    }

    /** @param first the row of the scores of the first beam */
    private List<Candidate> candidates(Beams beams, int first) {
        Candidates candidates = new Candidates(2 * config.numBeams());
        for (int beam = 0; beam < beams.running().size(); beam++) {
            Hypothesis hypothesis = beams.running().get(beam);
            double[] logProbabilities = parts.rows().row(first + beam);
            double logSum = Probabilities.logSum(logProbabilities);
            for (int id = 0; id < logProbabilities.length; id++) {
                logProbabilities[id] -= logSum;
            }
            double[] changed = logProbabilities.clone();
            parts.processors().process(hypothesis.sequence(), changed);
            candidates.add(beam, hypothesis, changed, logProbabilities);
        }
        return candidates.bestFirst();
    }

    private static void handOut(List<GeneratedText> texts, TextListener listener) {
        for (int text = 0; text < texts.size(); text++) {
            if (!texts.get(text).text().isEmpty()) {
                listener.text(text, texts.get(text).text());
            }
        }
    }

    private static int[] ints(List<Integer> numbers) {
        return IntStream.range(0, numbers.size()).map(numbers::get).toArray();
    }
}
