package io.github.cloze4j.inference;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.List;

/**
 * Chooses one of several labels for each text, with a model that was not trained for these labels.
 *
 * <p><b>By pattern</b> (pattern and verbalizer: Schick and Schütze, 2021, <em>Exploiting Cloze Questions for Few Shot Text
 * Classification and Natural Language Inference</em>). The text stands in a pattern such as <code>{text} It was [MASK] .</code>,
 * and the masked-language-model head scores the words of each label at {@code [MASK]}:
 *
 * <ul>
 *   <li>The score of a word is the mean of the log-likelihoods of its pieces, one mask for each piece, all masked at the same time:
 *       the parallel scores of Schick and Schütze (2021, <em>It's Not Just Size That Matters</em>, section 3.1), which they use in
 *       training, divided by the number of pieces, so that long words are not at a disadvantage.
 *   <li>The score of a label is the mean of the scores of its words, as in PET's code.
 *   <li>Calibration subtracts the logarithm of the label's probability without a text: the pointwise mutual information of label and
 *       text (Holtzman et al., 2021, <em>Surface Form Competition</em>). Of several neutral texts the mean probability counts (Zhao et
 *       al., 2021, <em>Calibrate Before Use</em>).
 * </ul>
 *
 * <p><b>By embedding</b>: the score of a label is 20 times the cosine of the vector of the text and the sum of the vectors of the
 * label's words, all of length 1. 20 is the scale with which sentence-transformers trains.
 *
 * <p>The probabilities are the softmax of the scores. Pattern and text are tokenized apart; special tokens that are written in a
 * text are words like any, those in a pattern are recognised. A text that is too long loses its end, and the answer says so; the
 * pattern and its masks stay whole.
 *
 * <p>Thread-safe: one object may serve all threads of a server, and several objects may share a model. Calls are answered
 * one after the other, each by one state of the weights, also while another thread trains the model: neutral texts and
 * the words of labels are part of each call, so a call of many texts is faster than many calls. An interrupt ends a call of many texts
 * at its next batch, with a {@link Cloze4jException} and the thread still interrupted. {@link #close}, of this or of the model, waits
 * for calls that have begun; later calls throw an {@link IllegalStateException}. Memory is kept for later texts until then.
 */
public final class ZeroShotClassifier implements AutoCloseable {
    private final ZeroShotMethod method;

    /**
     * The labels of a text with their probabilities.
     *
     * @param answers all labels, the most probable first, of equally probable labels the first given; the sum of the probabilities is
     *     1, and {@link LabelScore#id} is the place in the list of labels, from 0
     * @param cut whether the text lost its end
     */
    public record Answer(List<LabelScore> answers, boolean cut) {
        /** Copies the list. */
        public Answer {
            answers = List.copyOf(answers);
        }
    }

    private ZeroShotClassifier(ZeroShotMethod method) {
        this.method = method;
    }

    /**
     * Classifies by pattern. The model stays the caller's to close.
     *
     * @param tokenizer a tokenizer with a vocabulary of at most the model's size
     * @param pattern a text with one <code>{text}</code> and one {@code [MASK]}
     * @param labels at least two labels, whose words consist of known pieces
     * @param neutralTexts the texts of the calibration, such as the empty text; none for no calibration
     * @throws IllegalArgumentException if one of these is not so, the pattern leaves no room for a text, or the model has no
     *     masked-language-model head
     */
    public static ZeroShotClassifier byPattern(
            Bert model, BertTokenizer tokenizer, String pattern, List<LabelWords> labels, List<String> neutralTexts) {
        return new ZeroShotClassifier(new PatternMethod(model, tokenizer, pattern, labels, neutralTexts));
    }

    /**
     * Classifies by embedding. The model stays the caller's to close; it needs no head.
     *
     * @param tokenizer a tokenizer with a vocabulary of at most the model's size
     * @param settings the way to make vectors, such as {@link EmbedderSettings#read} gives it; vectors are always normalized
     * @param labels at least two labels, whose words consist of known pieces
     * @throws IllegalArgumentException if one of these is not so
     */
    public static ZeroShotClassifier byEmbedding(
            Bert model, BertTokenizer tokenizer, EmbedderSettings settings, List<LabelWords> labels) {
        return new ZeroShotClassifier(new EmbeddingMethod(model, tokenizer, settings, labels));
    }

    /**
     * Classifies one text.
     *
     * @throws Cloze4jException if the model's output is not finite
     */
    public Answer classify(String text) {
        return classify(List.of(text)).get(0);
    }

    /**
     * Classifies many texts, in the order given, which is faster than one at a time.
     *
     * @throws Cloze4jException if the model's output is not finite
     */
    public List<Answer> classify(List<String> texts) {
        return method.classify(texts);
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        method.close();
    }
}
