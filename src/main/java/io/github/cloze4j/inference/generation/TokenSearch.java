package io.github.cloze4j.inference.generation;

import io.github.cloze4j.inference.Probabilities;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Goes on token by token, each chosen for good: greedy search and sampling. */
final class TokenSearch implements Search {
    private final SearchParts parts;
    private final TokenChoice choice;
    private final int textsOfPrompt;

    TokenSearch(SearchParts parts, GenerationConfig config) {
        this.parts = parts;
        choice = new TokenChoice(config.doSample(), config.seed());
        textsOfPrompt = config.numReturnSequences();
    }

    /** A text that grows. */
    private final class Text {
        private final GenerationPrompt prompt;
        private final int number;
        private TokenSequence sequence;
        private double logProbability;
        private int handedOut;
        private @Nullable GeneratedText answer;

        Text(GenerationPrompt prompt, int number) {
            this.prompt = prompt;
            this.number = number;
            sequence = prompt.start();
        }

        /** Chooses the next token and returns it. */
        int grow(double[] scores) {
            double logSum = Probabilities.logSum(scores);
            double[] changed = scores.clone();
            if (!parts.processors().process(sequence, changed)) {
                throw LogitsProcessors.nothingAllowed(sequence.generatedLength());
            }
            int id = choice.choose(changed, prompt.number(), number, sequence.generatedLength());
            logProbability += scores[id] - logSum;
            sequence = sequence.with(id);
            FinishReason reason = parts.endings().reason(prompt, sequence);
            if (reason != null) {
                answer = parts.endings().answer(prompt, sequence, logProbability, logProbability, reason);
            }
            return id;
        }

        GeneratedText answer() {
            return Objects.requireNonNull(answer);
        }

        void handOut(TextListener listener) {
            String certain = answer == null ? parts.endings().certain(prompt, sequence) : answer.text();
            if (certain.length() > handedOut) {
                String piece = certain.substring(handedOut);
                handedOut = certain.length();
                listener.text(number, piece);
            }
        }
    }

    @Override
    public List<List<GeneratedText>> run(List<GenerationPrompt> prompts, int mostTexts) {
        List<Text> texts = new ArrayList<>();
        for (GenerationPrompt prompt : prompts) {
            for (int number = 0; number < textsOfPrompt; number++) {
                texts.add(new Text(prompt, number));
            }
        }
        for (int first = 0; first < texts.size(); first += mostTexts) {
            List<Text> batch = texts.subList(first, Math.min(first + mostTexts, texts.size()));
            begin(batch);
            grow(batch);
        }
        List<List<GeneratedText>> answers = new ArrayList<>();
        for (int first = 0; first < texts.size(); first += textsOfPrompt) {
            answers.add(texts.subList(first, first + textsOfPrompt).stream()
                    .map(Text::answer)
                    .toList());
        }
        return answers;
    }

    /** A prompt of several texts is read once. */
    private void begin(List<Text> batch) {
        List<GenerationPrompt> prompts = new ArrayList<>();
        int[] promptOfText = new int[batch.size()];
        for (int text = 0; text < batch.size(); text++) {
            GenerationPrompt prompt = batch.get(text).prompt;
            if (prompts.isEmpty() || prompts.get(prompts.size() - 1).number() != prompt.number()) {
                prompts.add(prompt);
            }
            promptOfText[text] = prompts.size() - 1;
        }
        parts.decoding().begin(prompts.stream().map(GenerationPrompt::model).toList());
        if (prompts.size() < batch.size()) {
            parts.decoding().select(promptOfText);
        }
    }

    private void grow(List<Text> all) {
        TextListener listener = parts.listener();
        List<Text> growing = all;
        while (true) {
            parts.rows().read(parts.decoding().scores());
            List<Text> left = new ArrayList<>();
            List<Integer> numbers = new ArrayList<>();
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < growing.size(); i++) {
                Text text = growing.get(i);
                int id = text.grow(parts.rows().row(i));
                if (listener != null) {
                    text.handOut(listener);
                }
                if (text.answer == null) {
                    left.add(text);
                    numbers.add(i);
                    ids.add(id);
                }
            }
            if (left.isEmpty()) {
                return;
            }
            Search.requireNoInterrupt();
            if (left.size() < growing.size()) {
                parts.decoding().select(ints(numbers));
            }
            parts.decoding().append(ints(ids));
            growing = left;
        }
    }

    private static int[] ints(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }
}
