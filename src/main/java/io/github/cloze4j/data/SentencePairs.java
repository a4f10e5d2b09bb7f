package io.github.cloze4j.data;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.random.RandomStream;
import java.util.List;

/**
 * Pairs of texts for next-sentence and for sentence-order prediction, made as Google's {@code
 * create_pretraining_data.py} makes them ({@code create_instances_from_document} of BERT, 2018, and of ALBERT, 2019): whole
 * sentences are gathered until they fill a row, or a random shorter length in one document of ten; a random number of them,
 * at least one, is the first text. For next-sentence prediction the rest is the second one, or, half of the time and where
 * there is no rest, sentences of a random other document from a random one on; the rest is then gathered again. For
 * sentence-order prediction the rest is always the second text, and half of the pairs are swapped. A pair that is too long
 * loses tokens one by one, from the longer text, at its front or its back.
 *
 * <p>Google's program draws from one sequence for all documents, so that every pair depends on all before it. Here rows
 * must be found from the middle of any epoch on; so:
 *
 * <ul>
 *   <li>The pairs are a function of (seed, epoch, passage). A passage is a document, or, of a longer one, the sentences that
 *       begin in a stretch of {@value #ROWS_OF_A_PASSAGE} rows of tokens: no pair crosses its end, and the shorter length
 *       is drawn for each.
 *   <li>Each epoch has pairs of its own, in the place of a number of copies that is made beforehand.
 *   <li>The random other document is never the document itself, which Google's program takes where ten draws yield nothing
 *       else.
 *   <li>Pairs shorter than a row are packed, several to a row, each attending to itself only.
 *   <li>For sentence-order prediction ALBERT's program gives a single sentence a random second text. Here sentences are
 *       gathered until there are two, a last one goes with those before it, and the only sentence of a document or passage
 *       is an example without a label.
 * </ul>
 */
final class SentencePairs implements ExampleSource {
    /** A pair has a row at most, so that a passage yields enough of them that its shorter last one does not count. */
    static final int ROWS_OF_A_PASSAGE = 32;

    private static final int PASSAGES_OF_A_WINDOW = 1024;
    private static final long PAIRS = 0x50414952;
    private static final double SHORT_PROBABILITY = 0.1;
    private static final int SHORTEST_TARGET = 2;

    private final TokenDocuments documents;
    private final SegmentIndex passages;
    private final boolean nextSentence;
    private final int maxTokens;
    private final int passageTokens;
    private final long seed;

    /**
     * @param objective one with pairs
     * @throws CorpusException if the documents cannot be paired
     */
    SentencePairs(TokenDocuments documents, Objective objective, int seqLen, long seed) {
        this.documents = documents;
        this.seed = seed;
        nextSentence = objective == Objective.MLM_NSP;
        maxTokens = seqLen - Example.ADDED_TO_A_PAIR;
        passageTokens = Math.multiplyExact(ROWS_OF_A_PASSAGE, maxTokens);
        passages = new SegmentIndex(documents, passageTokens);
        if (passages.count() > 0) {
            requireSentences();
        }
    }

    private void requireSentences() {
        long withTokens = 0;
        boolean several = false;
        for (long document = 0; document < documents.count() && !(several && withTokens > 1); document++) {
            int sentences = documents.sentenceEnds(document).count();
            withTokens += sentences > 0 ? 1 : 0;
            several |= sentences > 1;
        }
        if (!several || (nextSentence && withTokens < 2)) {
            throw new CorpusException(
                    "Expected " + (several ? "at least two documents" : "documents of several sentences")
                            + " to make pairs of. Received: " + withTokens + " documents"
                            + (several ? "" : ", each a single sentence")
                            + ". Prepare text that has a sentence on each line and a blank line between documents, with"
                            + " --blank-line-documents, or train on masked tokens alone");
        }
    }

    @Override
    public long units() {
        return passages.count();
    }

    @Override
    public int unitsOfAWindow() {
        return PASSAGES_OF_A_WINDOW;
    }

    /** Each pair takes a sentence of its passage that no other pair begins with, and each sentence has a token. */
    @Override
    public long mostExamplesOfAWindow() {
        return (long) PASSAGES_OF_A_WINDOW * passageTokens;
    }

    @Override
    public void addTo(List<Example> examples, long epoch, long unit) {
        RandomStream random = new RandomStream(seed, PAIRS, epoch, unit);
        Sentences sentences = Sentences.beginningIn(documents, passages.find(unit));
        int target = maxTokens;
        if (random.nextDouble() < SHORT_PROBABILITY) {
            target = SHORTEST_TARGET + random.nextInt(maxTokens - SHORTEST_TARGET + 1);
        }
        int first = 0;
        while (first < sentences.count()) {
            first = nextSentence
                    ? addNextSentencePair(examples, sentences, first, target, random)
                    : addOrderedPair(examples, sentences, first, target, random);
        }
    }

    /** Returns the first sentence that is left. */
    private int addNextSentencePair(
            List<Example> examples, Sentences sentences, int first, int target, RandomStream random) {
        int end = gather(sentences, first, first + 1, target);
        int middle = middle(first, end, random);
        Segment a = sentences.segment(first, middle);
        if (middle == end || random.nextInt(2) == 0) {
            Segment b = textOfAnother(sentences.document(), target - a.length(), random);
            examples.add(fitting(examples.size(), a, b, Example.NOT_NEXT, random));
            return middle;
        }
        examples.add(fitting(examples.size(), a, sentences.segment(middle, end), Example.NEXT, random));
        return end;
    }

    /** Returns the first sentence that is left. */
    private int addOrderedPair(
            List<Example> examples, Sentences sentences, int first, int target, RandomStream random) {
        int end = gather(sentences, first, Math.min(first + 2, sentences.count()), target);
        if (end == sentences.count() - 1) {
            end++;
        }
        int middle = middle(first, end, random);
        Segment a = sentences.segment(first, middle);
        if (middle == end) {
            examples.add(Example.of(examples.size(), shortened(a, maxTokens, random)));
            return end;
        }
        Segment b = sentences.segment(middle, end);
        // Swapped before tokens are lost: of two texts of equal length the second in the row is shortened, so that
        // lengths
        // do not tell the order.
        examples.add(
                random.nextInt(2) == 0
                        ? fitting(examples.size(), b, a, Example.NOT_NEXT, random)
                        : fitting(examples.size(), a, b, Example.NEXT, random));
        return end;
    }

    /** The end of the sentences from {@code first} on, at least to {@code least}, that reach the target or the last. */
    private static int gather(Sentences sentences, int first, int least, int target) {
        int end = least;
        while (end < sentences.count() && sentences.tokens(first, end) < target) {
            end++;
        }
        return end;
    }

    /** Where the first text ends: it has a sentence at least, and leaves one at least where there are two. */
    private static int middle(int first, int end, RandomStream random) {
        return end - first < 2 ? end : first + 1 + random.nextInt(end - first - 1);
    }

    private Segment textOfAnother(long document, int target, RandomStream random) {
        Sentences sentences = Sentences.of(documents, another(document, random));
        int start = random.nextInt(sentences.count());
        return sentences.segment(start, gather(sentences, start, start + 1, target));
    }

    /** Each other document that holds something is equally likely. */
    private long another(long document, RandomStream random) {
        while (true) {
            long drawn = (long) (random.nextDouble() * (documents.count() - 1));
            long other = drawn < document ? drawn : drawn + 1;
            if (documents.length(other) > 0) {
                return other;
            }
        }
    }

    private Example fitting(long number, Segment a, Segment b, int label, RandomStream random) {
        Segment first = a;
        Segment second = b;
        while (first.length() + second.length() > maxTokens) {
            if (first.length() > second.length()) {
                first = shorter(first, random);
            } else {
                second = shorter(second, random);
            }
        }
        return new Example(number, first, second, label);
    }

    private static Segment shortened(Segment text, int most, RandomStream random) {
        Segment shortened = text;
        while (shortened.length() > most) {
            shortened = shorter(shortened, random);
        }
        return shortened;
    }

    private static Segment shorter(Segment text, RandomStream random) {
        return random.nextInt(2) == 0 ? text.withoutFirst(1) : text.withoutLast(1);
    }
}
