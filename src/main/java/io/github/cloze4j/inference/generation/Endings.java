package io.github.cloze4j.inference.generation;

import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Says when a generated text has ended, and what its text is. */
final class Endings {
    private final Vocabulary vocabulary;
    private final StopStrings stopStrings;

    Endings(Vocabulary vocabulary, StopStrings stopStrings) {
        this.vocabulary = vocabulary;
        this.stopStrings = stopStrings;
    }

    /** The reason that a text ends for after its last token; null if it goes on. */
    @Nullable
    FinishReason reason(GenerationPrompt prompt, TokenSequence sequence) {
        int[] ids = sequence.ids();
        if (ids[ids.length - 1] == vocabulary.sepId()) {
            return FinishReason.END;
        }
        if (!stopStrings.texts().isEmpty()
                && stopStrings.isIn(detokenizer(prompt, sequence).text())) {
            return FinishReason.STOP_STRING;
        }
        return sequence.generatedLength() == prompt.mostNewTokens() ? prompt.longest() : null;
    }

    /** The beginning of the text that is certain, however it goes on. */
    String certain(GenerationPrompt prompt, TokenSequence sequence) {
        return stopStrings.withoutBeginning(detokenizer(prompt, sequence).certain());
    }

    /** The answer for a text that has ended. */
    GeneratedText answer(
            GenerationPrompt prompt, TokenSequence sequence, double logProbability, double score, FinishReason reason) {
        List<Integer> ids = Arrays.stream(words(sequence)).boxed().toList();
        String text = stopStrings.cut(detokenizer(prompt, sequence).text());
        return new GeneratedText(text, ids, logProbability, score, reason);
    }

    private Detokenizer detokenizer(GenerationPrompt prompt, TokenSequence sequence) {
        Detokenizer detokenizer = new Detokenizer(prompt.tokens(), prompt.endsWithBlank());
        for (int id : words(sequence)) {
            detokenizer.add(vocabulary.token(id));
        }
        return detokenizer;
    }

    /** The generated tokens without the final {@code [SEP]}. */
    private int[] words(TokenSequence sequence) {
        int[] ids = sequence.generated();
        boolean ended = ids.length > 0 && ids[ids.length - 1] == vocabulary.sepId();
        return ended ? Arrays.copyOf(ids, ids.length - 1) : ids;
    }
}
