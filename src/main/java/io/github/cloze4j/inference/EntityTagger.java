package io.github.cloze4j.inference;

import io.github.cloze4j.inference.tags.EntityReader;
import io.github.cloze4j.inference.tags.EntitySpan;
import io.github.cloze4j.inference.tags.TagScheme;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.model.head.TaskHead;
import io.github.cloze4j.model.head.TaskKind;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Gives the words of texts tags with a fine-tuned model: names of persons and places, parts of speech, and the like. Answers are
 * words and spans with their places in the text as it was written. A long text is read in windows, and each word is tagged in the
 * one in which it has most context.
 *
 * <p>Thread-safe as {@link FillMask} is.
 */
public final class EntityTagger implements AutoCloseable {
    private final TaskHead head;
    private final boolean marksSpans;
    private final WordScore wordScore;
    private final WordEncoder encoder;
    private final HeadScores scores;

    /** Scores words by their first pieces, as they are trained. */
    public EntityTagger(Bert model, BertTokenizer tokenizer, TaskHead head, TokenLimit limit) {
        this(model, tokenizer, head, limit, WordScore.FIRST_PIECE);
    }

    /**
     * Uses a model, which stays the caller's to close.
     *
     * @param model with the head of a fine-tuned tagger
     * @param head its description, as {@code StoredModel} reads it
     * @param limit with an overlap: no text is cut
     * @param wordScore how the pieces of a word decide its tag
     * @throws IllegalArgumentException if the model is no tagger, has no room for so many tokens, or the limit cuts
     */
    public EntityTagger(Bert model, BertTokenizer tokenizer, TaskHead head, TokenLimit limit, WordScore wordScore) {
        if (head.kind() != TaskKind.TAGGING) {
            throw new IllegalArgumentException("Expected a model for tagging. Received: one for "
                    + head.kind().text() + ". Use the class for that task");
        }
        model.config().requireSeqLen(limit.maxTokens());
        this.head = head;
        this.wordScore = wordScore;
        // The widest of the schemes: models of others may have any of its tags.
        marksSpans = TagScheme.BIOES.marksSpans(head.labels());
        encoder = new WordEncoder(tokenizer, limit);
        scores = new HeadScores(model, tokenizer, head, 1, "EntityTagger");
    }

    /** Whether the tags mark spans, such as names; parts of speech mark none. */
    public boolean marksSpans() {
        return marksSpans;
    }

    /** Tags texts whose words are those that the tokenizer makes of them; answers are in the order given. */
    public List<TaggedText> tag(List<String> texts) {
        return tag(texts, text -> text, encoder::encode);
    }

    /**
     * Tags texts whose words are known; answers are in the order given, with a tagged word for each word.
     *
     * @throws TextRefusedException if a word is outside of its text, or overlaps the one before
     */
    public List<TaggedText> tagWords(List<TextWords> texts) {
        return tag(texts, TextWords::text, text -> encoder.encode(text.text(), text.words()));
    }

    private <T> List<TaggedText> tag(List<T> texts, Function<T, String> text, Function<T, WordEncoder.Words> encode) {
        List<WordEncoder.Words> encoded = InputTexts.encodeAll(texts, encode);
        List<Document> documents = new ArrayList<>();
        encoded.stream().flatMap(words -> words.windows().stream()).forEach(window -> {
            int[] rows =
                    scored(window).stream().mapToInt(WordEncoder.Piece::row).toArray();
            documents.add(Document.scored(documents.size(), window.tokens(), rows));
        });
        double[][][] ofWindows = scores.of(documents);
        List<TaggedText> answers = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < encoded.size(); i++) {
            WordEncoder.Words words = encoded.get(i);
            List<double[][]> own =
                    List.of(ofWindows).subList(at, at + words.windows().size());
            at += words.windows().size();
            List<TaggedWord> tagged = words(text.apply(texts.get(i)), words, own);
            List<TaggedSpan> spans = marksSpans ? spans(text.apply(texts.get(i)), tagged) : List.of();
            answers.add(new TaggedText(tagged, spans, words.windows().size()));
        }
        return answers;
    }

    /** The pieces of a window whose scores are needed. */
    private List<WordEncoder.Piece> scored(WordEncoder.Window window) {
        boolean all = wordScore != WordScore.FIRST_PIECE;
        return window.pieces().stream().filter(piece -> all || piece.first()).toList();
    }

    /** @param scores of each window, {@code [scored pieces][labels]} */
    private List<TaggedWord> words(String text, WordEncoder.Words words, List<double[][]> scores) {
        List<List<double[]>> pieces = new ArrayList<>();
        words.words().forEach(word -> pieces.add(new ArrayList<>()));
        for (int window = 0; window < scores.size(); window++) {
            List<WordEncoder.Piece> scored = scored(words.windows().get(window));
            for (int i = 0; i < scored.size(); i++) {
                pieces.get(scored.get(i).word()).add(Probabilities.softmax(scores.get(window)[i]));
            }
        }
        return IntStream.range(0, pieces.size())
                .mapToObj(word -> word(text, words.words().get(word), pieces.get(word)))
                .toList();
    }

    private TaggedWord word(String text, TextSpan place, List<double[]> pieces) {
        if (pieces.isEmpty()) {
            return new TaggedWord(place.of(text), place.start(), place.end(), null, 0);
        }
        double[] probabilities = wordScore.of(pieces);
        int best = 0;
        for (int label = 1; label < probabilities.length; label++) {
            best = probabilities[label] > probabilities[best] ? label : best;
        }
        return new TaggedWord(
                place.of(text), place.start(), place.end(), head.labels().get(best), probabilities[best]);
    }

    /** Words without a tag are left out, as if the text did not have them. */
    private static List<TaggedSpan> spans(String text, List<TaggedWord> words) {
        List<TaggedWord> read = new ArrayList<>();
        List<String> tags = new ArrayList<>();
        for (TaggedWord word : words) {
            String tag = word.tag();
            if (tag != null) {
                read.add(word);
                tags.add(tag);
            }
        }
        List<TaggedSpan> spans = new ArrayList<>();
        for (EntitySpan span : EntityReader.lenient(tags)) {
            List<TaggedWord> own = read.subList(span.start(), span.end());
            int start = own.get(0).start();
            int end = own.get(own.size() - 1).end();
            double mean =
                    own.stream().mapToDouble(TaggedWord::probability).average().orElse(0);
            spans.add(new TaggedSpan(span.type(), text.substring(start, end), start, end, mean));
        }
        return spans;
    }

    /** Frees what was kept for later texts, not the model. Waits for the calls of other threads. */
    @Override
    public void close() {
        scores.close();
    }
}
