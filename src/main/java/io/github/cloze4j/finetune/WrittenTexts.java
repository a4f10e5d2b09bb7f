package io.github.cloze4j.finetune;

import io.github.cloze4j.finetune.metrics.Bleu;
import io.github.cloze4j.finetune.metrics.BleuTokenizer;
import io.github.cloze4j.finetune.metrics.ChrF;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Texts that a model writes, beside the right ones. */
public final class WrittenTexts implements HeldOutAnswers {
    static final String EXACT = "exact";
    static final String CHRF = "chrf";
    static final String BLEU = "bleu";

    /** The names of the metrics. */
    static final List<String> METRICS = List.of(EXACT, CHRF, BLEU);

    private final List<String> right;
    private final List<String> written;
    private final Bleu bleu;
    private final ChrF chrF;

    /**
     * Compares texts.
     *
     * @param right the right texts
     * @param written a text for each of them
     * @param lowerCase whether texts are compared in lower case, because the model writes no other
     */
    WrittenTexts(List<String> right, List<String> written, BleuTokenizer tokenizer, boolean lowerCase) {
        UnaryOperator<String> compared = text -> lowerCase ? text.toLowerCase(Locale.ROOT) : text;
        this.right = right.stream().map(compared).toList();
        this.written = written.stream().map(compared).toList();
        bleu = Bleu.of(this.right, this.written, tokenizer);
        chrF = ChrF.of(this.right, this.written);
    }

    @Override
    public int count() {
        return right.size();
    }

    /** The right texts, as they are compared. */
    public List<String> right() {
        return right;
    }

    /** The texts of the model, as they are compared. */
    public List<String> written() {
        return written;
    }

    /** Whether a text is the right one; blanks at the ends do not count. */
    boolean isExact(int text) {
        return right.get(text).strip().equals(written.get(text).strip());
    }

    /** chrF of one text. */
    double chrF(int text) {
        return chrF.score(new int[] {text});
    }

    @Override
    public Map<String, Double> metrics(int[] which) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put(EXACT, (double) IntStream.of(which).filter(this::isExact).count() / which.length);
        metrics.put(CHRF, chrF.score(which));
        metrics.put(BLEU, bleu.score(which));
        return metrics;
    }
}
