package io.github.cloze4j.inference;

import io.github.cloze4j.tokenizer.AddedToken;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.EncodeOptions;
import io.github.cloze4j.tokenizer.Encoding;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Turns texts with two marked spans into the tokens that a relation classifier reads: {@code [CLS] … [E1] span [/E1] … [E2] span [/E2]
 * … [SEP]}, the "entity markers" of Baldini Soares et al. (2019). Training and prediction both use it, so that they read the
 * same. Of a long text the part around both spans is read, so that neither loses a token. Immutable and thread-safe.
 */
public final class RelationEncoder {
    /** The tokens before and after the first span, and before and after the second. */
    public static final List<String> MARKERS = List.of("[E1]", "[/E1]", "[E2]", "[/E2]");

    private static final EncodeOptions WHOLE = new EncodeOptions(Integer.MAX_VALUE, true, true);

    private final BertTokenizer tokenizer;
    private final TokenLimit limit;
    private final int[] markers;

    /**
     * A text with its markers as tokens.
     *
     * @param tokens the tokens, {@code [CLS]} and {@code [SEP]} included
     * @param first the place of the marker before the first span
     * @param second the place of the marker before the second span
     * @param cut whether the text lost its beginning or its end
     */
    public record Marked(Encoding tokens, int first, int second, boolean cut) {}

    /**
     * Encodes with a tokenizer.
     *
     * @param limit the most tokens of a text; an overlap does not matter
     * @throws IllegalArgumentException if the vocabulary lacks a marker as an added token
     */
    public RelationEncoder(BertTokenizer tokenizer, TokenLimit limit) {
        this.tokenizer = tokenizer;
        this.limit = limit;
        Vocabulary vocabulary = tokenizer.vocabulary();
        List<String> missing = missing(vocabulary);
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("Expected a vocabulary with the added tokens " + MARKERS
                    + ". Received: one without " + missing + ". Add them with VocabularyExtension.ofMarkers");
        }
        markers = MARKERS.stream().mapToInt(vocabulary::id).toArray();
    }

    /** The markers that a vocabulary lacks as added tokens. */
    public static List<String> missing(Vocabulary vocabulary) {
        List<String> added =
                vocabulary.addedTokens().stream().map(AddedToken::content).toList();
        return MARKERS.stream().filter(marker -> !added.contains(marker)).toList();
    }

    /**
     * Encodes a text.
     *
     * @return empty if the spans and what is between them have more tokens than the limit
     * @throws IllegalArgumentException if a marker is written in the text itself, a span begins or ends inside a piece of a word, or
     *     has no token
     */
    public Optional<Marked> encode(MarkedText text) {
        requireNoMarker(text.text());
        requireWholePieces(text);
        Encoding all = tokenizer.encode(marked(text), WHOLE);
        int[] places = IntStream.of(markers).map(marker -> place(all, marker)).toArray();
        int begin = Math.min(places[0], places[2]);
        int end = Math.max(places[1], places[3]) + 1;
        int last = all.ids().length - 1;
        int spare = limit.maxTokens() - 2 - (end - begin);
        if (spare < 0) {
            return Optional.empty();
        }
        // Half of the room on each side; a side that is too short leaves the rest to the other one.
        int from = Math.max(1, begin - Math.max(spare / 2, spare - (last - end)));
        int to = Math.min(last, from + limit.maxTokens() - 2);
        Encoding window = new TokenWindow(from, to).in(all);
        return Optional.of(new Marked(window, places[0] - from + 1, places[2] - from + 1, window.ids().length <= last));
    }

    private static void requireNoMarker(String text) {
        for (String marker : MARKERS) {
            if (text.contains(marker)) {
                throw new IllegalArgumentException("Expected a text without " + marker
                        + ", which is a token of this model. Received: " + InputTexts.quote(text)
                        + ". Write the text another way");
            }
        }
    }

    /** A border inside a piece would make other words of the text than the model reads everywhere else. */
    private void requireWholePieces(MarkedText text) {
        Encoding pieces = tokenizer.encode(text.text(), WHOLE);
        for (TextSpan span : List.of(text.first(), text.second())) {
            int within = 0;
            for (int i = 1; i + 1 < pieces.ids().length; i++) {
                TextSpan piece = new TextSpan(pieces.starts()[i], pieces.ends()[i]);
                if (piece.holds(span.start()) || piece.holds(span.end())) {
                    throw new IllegalArgumentException("Expected spans that begin and end between pieces of words."
                            + " Received: " + InputTexts.quote(span.of(text.text())) + ", which cuts the piece "
                            + InputTexts.quote(piece.of(text.text())) + ". Correct the span");
                }
                within += piece.overlaps(span) ? 1 : 0;
            }
            if (within == 0) {
                throw new IllegalArgumentException("Expected spans of at least one token. Received: "
                        + InputTexts.quote(span.of(text.text())) + ", of which the tokenizer keeps nothing."
                        + " Correct the span");
            }
        }
    }

    private static String marked(MarkedText text) {
        boolean inOrder = text.first().start() < text.second().start();
        TextSpan left = inOrder ? text.first() : text.second();
        TextSpan right = inOrder ? text.second() : text.first();
        int ofLeft = inOrder ? 0 : 2;
        int ofRight = inOrder ? 2 : 0;
        String written = text.text();
        return written.substring(0, left.start())
                + MARKERS.get(ofLeft)
                + left.of(written)
                + MARKERS.get(ofLeft + 1)
                + written.substring(left.end(), right.start())
                + MARKERS.get(ofRight)
                + right.of(written)
                + MARKERS.get(ofRight + 1)
                + written.substring(right.end());
    }

    private static int place(Encoding tokens, int id) {
        int place = 0;
        while (tokens.ids()[place] != id) {
            place++;
        }
        return place;
    }
}
