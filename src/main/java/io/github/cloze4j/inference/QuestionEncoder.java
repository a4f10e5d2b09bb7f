package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns a question and its context into the tokens that a model reads: {@code [CLS] question [SEP] context [SEP]}. A long context
 * becomes several windows, all with the question. Training and prediction both use this class, so that they read the same.
 * Immutable and thread-safe.
 *
 * <p>Windows are those of {@code run_qa.py} of {@code transformers} with tokenizers up to version 0.22. A question that leaves little
 * room for new parts of the context is cut: it keeps the tokens that the whole context leaves of a window, or three quarters of those
 * that special tokens and the overlap leave, whichever is more. {@code run_qa.py} has no such limit, and fails if no room is left.
 */
public final class QuestionEncoder {
    /** {@code [CLS]} and two {@code [SEP]}. */
    private static final int SPECIAL = 3;

    /** Tokens of a window beside its overlap: special tokens, one of the question, one more of the context. */
    static final int FEWEST_NEW_TOKENS = SPECIAL + 2;

    /** A window has one new token of the context in so many that are not in its overlap. */
    private static final int NEW_SHARE = 4;

    /** Google's weight of a window's length against context on the poorer side, {@code 0.01}, in whole numbers. */
    private static final int CONTEXT_WEIGHT = 100;

    private final BertTokenizer tokenizer;
    private final TokenLimit limit;

    /**
     * A part of the context with the question before it.
     *
     * @param tokens the tokens; the offsets of context tokens count in the context
     * @param contextBegin the first token of the context
     * @param contextEnd the end of the context's tokens, exclusive; {@code contextBegin} if the context has no tokens
     * @param maximalBegin the first token of the context for which no other window has more context
     * @param maximalEnd the end of these tokens, exclusive
     */
    public record Window(Encoding tokens, int contextBegin, int contextEnd, int maximalBegin, int maximalEnd) {
        /** Whether a token is of the context and no other window has more context for it. */
        public boolean hasMaximalContext(int token) {
            return token >= maximalBegin && token < maximalEnd;
        }
    }

    /**
     * The windows of a question and its context.
     *
     * @param windows at least one, in the order of the context
     * @param questionCut whether the question lost its end
     */
    public record Windows(List<Window> windows, boolean questionCut) {
        /** Copies the list. */
        public Windows {
            windows = List.copyOf(windows);
        }
    }

    /**
     * Encodes with a tokenizer.
     *
     * @param options whose limit gives the windows
     */
    public QuestionEncoder(BertTokenizer tokenizer, AnswerOptions options) {
        this.tokenizer = tokenizer;
        limit = options.limit();
    }

    /** The windows of a question and its context. Blanks before the question do not count. */
    public Windows encode(String question, String context) {
        Encoding whole =
                tokenizer.encode(question.stripLeading(), context, new EncodeOptions(Integer.MAX_VALUE, true, true));
        int end = whole.ids().length - 1;
        int begin = end;
        while (!whole.special()[begin - 1]) {
            begin--;
        }
        int asked = begin - (SPECIAL - 1);
        int room = limit.maxTokens() - SPECIAL;
        int fresh = room - limit.overlap();
        int kept = Math.min(asked, Math.max(room - (end - begin), fresh - Math.max(1, fresh / NEW_SHARE)));
        List<Span> spans = spans(end - begin, room - kept);
        List<Window> windows = new ArrayList<>();
        int maximal = 0;
        for (int i = 0; i < spans.size(); i++) {
            int maximalEnd = maximal;
            while (maximalEnd < spans.get(i).end && mostContext(spans, i, maximalEnd) == i) {
                maximalEnd++;
            }
            windows.add(window(whole, begin, kept, spans.get(i), maximal, maximalEnd));
            maximal = maximalEnd;
        }
        return new Windows(windows, kept < asked);
    }

    /** Tokens {@code [begin, end)} of the context. */
    private record Span(int begin, int end) {
        /** Google's rule: context on the poorer side, and a little for the length of the window. */
        int contextOf(int token) {
            return token < begin || token >= end
                    ? -1
                    : CONTEXT_WEIGHT * Math.min(token - begin, end - 1 - token) + end - begin;
        }
    }

    private List<Span> spans(int tokens, int room) {
        List<Span> spans = new ArrayList<>();
        for (int begin = 0; ; begin += room - limit.overlap()) {
            int end = Math.min(begin + room, tokens);
            spans.add(new Span(begin, end));
            if (end == tokens) {
                return spans;
            }
        }
    }

    /** The window with the most context for a token; of equals the first. Only later windows than the given one can have more. */
    private static int mostContext(List<Span> spans, int from, int token) {
        int most = from;
        for (int i = from + 1; i < spans.size() && spans.get(i).begin <= token; i++) {
            most = spans.get(i).contextOf(token) > spans.get(most).contextOf(token) ? i : most;
        }
        return most;
    }

    private static Window window(Encoding whole, int begin, int kept, Span span, int maximal, int maximalEnd) {
        int length = SPECIAL + kept + span.end - span.begin;
        Encoding window =
                new Encoding(new int[length], new int[length], new int[length], new int[length], new boolean[length]);
        int contextBegin = kept + SPECIAL - 1;
        copy(whole, 0, window, 0, 1 + kept);
        copy(whole, begin - 1, window, contextBegin - 1, 1);
        copy(whole, begin + span.begin, window, contextBegin, span.end - span.begin);
        copy(whole, whole.ids().length - 1, window, length - 1, 1);
        int shift = contextBegin - span.begin;
        return new Window(window, contextBegin, length - 1, shift + maximal, shift + maximalEnd);
    }

    private static void copy(Encoding from, int fromToken, Encoding to, int toToken, int count) {
        System.arraycopy(from.ids(), fromToken, to.ids(), toToken, count);
        System.arraycopy(from.typeIds(), fromToken, to.typeIds(), toToken, count);
        System.arraycopy(from.starts(), fromToken, to.starts(), toToken, count);
        System.arraycopy(from.ends(), fromToken, to.ends(), toToken, count);
        System.arraycopy(from.special(), fromToken, to.special(), toToken, count);
    }
}
