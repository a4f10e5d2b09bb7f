package io.github.cloze4j.data;

import static io.github.cloze4j.data.DataFixtures.SPECIALS;
import static io.github.cloze4j.data.DataFixtures.VOCABULARY;
import static io.github.cloze4j.data.DataFixtures.content;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.data.masking.MaskingStrategy;
import io.github.cloze4j.data.masking.PackedRow;
import io.github.cloze4j.data.masking.TokenMasking;
import io.github.cloze4j.data.masking.TokenReplacement;
import io.github.cloze4j.random.RandomStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Words of these documents are all different, so that a text says which document, sentence and token it is of. */
class SentencePairsTest {
    private static final long RUN = System.nanoTime();
    private static final int SEQ_LEN = 32;

    SentencePairsTest() {
        System.err.println("SentencePairsTest seed " + RUN);
    }

    /** A corpus of different words, and where each stands. */
    private static final class Corpus {
        private final List<List<int[]>> documents = new ArrayList<>();
        private final List<Integer> documentOfWord = new ArrayList<>();
        private final Set<Integer> sentenceStarts = new HashSet<>();
        private final Set<Integer> sentenceEnds = new HashSet<>();

        /** Lengths as {@code random} draws them; some sentences are longer than a row. */
        Corpus(Random random, int count, int mostSentences) {
            for (int document = 0; document < count; document++) {
                List<int[]> sentences = new ArrayList<>();
                int sentenceCount = 1 + random.nextInt(mostSentences);
                for (int sentence = 0; sentence < sentenceCount; sentence++) {
                    sentences.add(sentence(document, 1 + random.nextInt(random.nextInt(20) == 0 ? 60 : 9)));
                }
                documents.add(sentences);
            }
        }

        private int[] sentence(int document, int length) {
            int first = DataFixtures.FIRST_WORD + documentOfWord.size();
            sentenceStarts.add(first);
            sentenceEnds.add(first + length);
            for (int i = 0; i < length; i++) {
                documentOfWord.add(document);
            }
            return IntStream.range(first, first + length).toArray();
        }

        int words() {
            return documentOfWord.size();
        }

        int document(int word) {
            return documentOfWord.get(word - DataFixtures.FIRST_WORD);
        }

        TokenDocuments tokens() {
            return TokenDocuments.ofSentences(DataFixtures.FIRST_WORD + words(), documents);
        }
    }

    private static BatchConfig config(TokenDocuments documents, int rows, long seed, int workers, Objective objective) {
        return new BatchConfig(
                rows,
                SEQ_LEN,
                documents.vocabularySize(),
                SPECIALS,
                new TokenMasking(0.15, SPECIALS),
                TokenReplacement.BERT,
                seed,
                workers,
                objective);
    }

    /** Two texts of consecutive words; the second of length 0 where there is one only. */
    private record Texts(int first, int firstLength, int second, int secondLength, int label) {
        boolean isPair() {
            return secondLength > 0;
        }
    }

    /** The pairs of a batch; none if its objective has no pairs. */
    private static Targets pairs(Batch batch) {
        return batch.targets().size() == 1 ? Targets.NONE : batch.targets().get(1);
    }

    /** The texts of a batch as they were before masking; checks what a batch promises on the way. */
    private static List<Texts> texts(Batch batch) {
        int[] ids = batch.tokenIds().clone();
        Targets masked = batch.targets().get(0);
        for (int i = 0; i < masked.count(); i++) {
            assertTrue(!SPECIALS.contains(masked.labels()[i]), "specials are never masked");
            ids[masked.rows()[i]] = masked.labels()[i];
        }
        List<Texts> texts = new ArrayList<>();
        Targets ofPairs = pairs(batch);
        int pairs = 0;
        for (int d = 0; d < batch.documents().count(); d++) {
            int from = batch.documents().begin(d);
            int to = batch.documents().end(d);
            assertEquals(from / batch.seqLen(), (to - 1) / batch.seqLen(), "a document stays in its row");
            if (ids[from] == SPECIALS.pad()) {
                continue;
            }
            assertEquals(SPECIALS.cls(), ids[from]);
            int firstEnd = textEnd(ids, from + 1);
            boolean pair = pairs < ofPairs.count() && ofPairs.rows()[pairs] == from;
            int secondEnd = pair ? textEnd(ids, firstEnd + 1) : firstEnd;
            assertEquals(to, secondEnd + 1, "[SEP] ends a document");
            for (int i = from; i < to; i++) {
                assertEquals(i - from, batch.positionIds()[i]);
                assertEquals(i <= firstEnd ? 0 : 1, batch.tokenTypeIds()[i], "type of token " + (i - from));
            }
            texts.add(new Texts(
                    ids[from + 1],
                    firstEnd - from - 1,
                    pair ? ids[firstEnd + 1] : 0,
                    pair ? secondEnd - firstEnd - 1 : 0,
                    pair ? ofPairs.labels()[pairs++] : -1));
        }
        assertEquals(ofPairs.count(), pairs, "pairs begin where documents begin");
        return texts;
    }

    /** The {@code [SEP]} behind consecutive words. */
    private static int textEnd(int[] ids, int from) {
        int end = from;
        while (ids[end] != SPECIALS.sep()) {
            assertEquals(ids[from] + end - from, ids[end], "a text is consecutive words of one document");
            end++;
        }
        assertTrue(end > from, "a text has a word");
        return end;
    }

    private static List<Texts> epochs(TokenDocuments documents, Objective objective, int epochs) {
        List<Texts> texts = new ArrayList<>();
        try (BatchStream stream =
                new BatchStream(documents, config(documents, 1, RUN, 0, objective), BatchCursor.START)) {
            while (stream.cursor().epoch() < epochs) {
                texts.addAll(texts(stream.next()));
            }
        }
        return texts;
    }

    @Test
    void aSecondTextFollowsOrIsOfAnotherDocumentAsTheLabelSays() {
        Corpus corpus = new Corpus(new Random(RUN), 400, 24);
        for (Texts pair : epochs(corpus.tokens(), Objective.MLM_NSP, 4)) {
            assertTrue(pair.isPair());
            assertTrue(pair.firstLength() + pair.secondLength() <= SEQ_LEN - 3);
            boolean sameDocument = corpus.document(pair.first()) == corpus.document(pair.second());
            assertEquals(sameDocument ? Example.NEXT : Example.NOT_NEXT, pair.label(), pair.toString());
            int gap = pair.second() - pair.first() - pair.firstLength();
            if (sameDocument) {
                assertTrue(gap >= 0, "the second text stands behind the first: " + pair);
            }
            // A pair that was not cut: the second text begins right where the first ends.
            if (pair.firstLength() + pair.secondLength() < SEQ_LEN - 3) {
                assertTrue(corpus.sentenceStarts.contains(pair.first()), "whole sentences: " + pair);
                assertTrue(corpus.sentenceStarts.contains(pair.second()), "whole sentences: " + pair);
                assertTrue(corpus.sentenceEnds.contains(pair.first() + pair.firstLength()), pair.toString());
                assertTrue(corpus.sentenceEnds.contains(pair.second() + pair.secondLength()), pair.toString());
                assertTrue(!sameDocument || gap == 0, pair.toString());
            }
        }
    }

    @Test
    void aCoinDecidesWhetherTheSecondTextFollows() {
        // Two sentences of a word each: whatever the length asked for, both are gathered.
        Corpus corpus = new Corpus(new Random(RUN), 0, 1);
        for (int document = 0; document < 2000; document++) {
            corpus.documents.add(List.of(corpus.sentence(document, 1), corpus.sentence(document, 1)));
        }
        int tossed = 0;
        int next = 0;
        for (Texts pair : epochs(corpus.tokens(), Objective.MLM_NSP, 4)) {
            boolean beginsDocument = (pair.first() - DataFixtures.FIRST_WORD) % 2 == 0;
            tossed += beginsDocument ? 1 : 0;
            next += pair.label() == Example.NEXT ? 1 : 0;
            assertTrue(beginsDocument || pair.label() == Example.NOT_NEXT, "a last sentence has no next one");
        }
        assertEquals(4 * 2000, tossed);
        double share = (double) next / tossed;
        System.out.printf("Second texts that follow: %.4f of %d (seed %d)%n", share, tossed, RUN);
        // Five standard deviations.
        assertEquals(0.5, share, 2.5 / Math.sqrt(tossed), "seed " + RUN);
    }

    @Test
    void pairsAreLikeThoseOfGooglesProgram() {
        int epochs = 6;
        Corpus corpus = new Corpus(new Random(RUN), 800, 24);
        List<GooglePairs.Pair> expected = new ArrayList<>();
        GooglePairs google = new GooglePairs(corpus.documents, SEQ_LEN, new Random(RUN));
        for (int epoch = 0; epoch < epochs; epoch++) {
            expected.addAll(google.ofAllDocuments());
        }
        List<GooglePairs.Pair> received = epochs(corpus.tokens(), Objective.MLM_NSP, epochs).stream()
                .map(pair ->
                        new GooglePairs.Pair(pair.firstLength(), pair.secondLength(), pair.label() == Example.NOT_NEXT))
                .toList();
        assertEquals(1, (double) received.size() / expected.size(), 0.02, "pairs, seed " + RUN);
        assertAlike("random", expected, received, pair -> pair.drawn() ? 1 : 0);
        assertAlike("first length", expected, received, GooglePairs.Pair::firstLength);
        assertAlike("second length", expected, received, GooglePairs.Pair::secondLength);
        assertAlike("squared first length", expected, received, pair -> pair.firstLength() * pair.firstLength());
        assertAlike("squared second length", expected, received, pair -> pair.secondLength() * pair.secondLength());
        assertAlike(
                "full", expected, received, pair -> pair.firstLength() + pair.secondLength() == SEQ_LEN - 3 ? 1 : 0);
        assertAlike("length of random", expected, received, pair -> pair.drawn() ? pair.secondLength() : 0);
    }

    /** Means within five standard errors; pairs of one document are not independent, so that these count double. */
    private static void assertAlike(
            String what,
            List<GooglePairs.Pair> expected,
            List<GooglePairs.Pair> received,
            ToIntFunction<GooglePairs.Pair> figure) {
        double mean = expected.stream().mapToInt(figure).average().orElseThrow();
        double meanOfSquares = expected.stream()
                .mapToInt(figure)
                .mapToDouble(x -> (double) x * x)
                .average()
                .orElseThrow();
        double error = Math.sqrt((meanOfSquares - mean * mean) * (1.0 / expected.size() + 1.0 / received.size()));
        double ours = received.stream().mapToInt(figure).average().orElseThrow();
        System.out.printf("%s: Google's %.4f, ours %.4f ± %.4f (seed %d)%n", what, mean, ours, error, RUN);
        assertEquals(mean, ours, 10 * error, what + ", seed " + RUN);
    }

    @Test
    void halfOfTheOrderedPairsAreSwappedAndBothTextsAreOfOneDocument() {
        Corpus corpus = new Corpus(new Random(RUN), 400, 24);
        int swapped = 0;
        int pairs = 0;
        int leftLonger = 0;
        List<Texts> all = epochs(corpus.tokens(), Objective.MLM_SOP, 4);
        for (Texts text : all) {
            if (!text.isPair()) {
                List<int[]> document = corpus.documents.get(corpus.document(text.first()));
                assertEquals(1, document.size(), "only a single sentence has no order");
                continue;
            }
            pairs++;
            assertTrue(text.firstLength() + text.secondLength() <= SEQ_LEN - 3);
            assertEquals(corpus.document(text.first()), corpus.document(text.second()));
            assertEquals(text.first() < text.second() ? Example.NEXT : Example.NOT_NEXT, text.label());
            swapped += text.label();
            boolean cut = text.firstLength() + text.secondLength() == SEQ_LEN - 3;
            leftLonger += cut && text.firstLength() - text.secondLength() == 1 ? 1 : 0;
            assertTrue(!cut || text.secondLength() - text.firstLength() != 1 || !isCutInBoth(corpus, text));
        }
        double share = (double) swapped / pairs;
        System.out.printf("Swapped: %.4f of %d, cut alike %d (seed %d)%n", share, pairs, leftLonger, RUN);
        assertEquals(0.5, share, 2.5 / Math.sqrt(pairs), "seed " + RUN);
        assertTrue(pairs > all.size() * 0.8);
    }

    /** Both texts lost tokens: their lengths then must not tell which was the first in the document. */
    private static boolean isCutInBoth(Corpus corpus, Texts pair) {
        return isCut(corpus, pair.first(), pair.firstLength()) && isCut(corpus, pair.second(), pair.secondLength());
    }

    private static boolean isCut(Corpus corpus, int first, int length) {
        return !corpus.sentenceStarts.contains(first) || !corpus.sentenceEnds.contains(first + length);
    }

    @Test
    void anEpochOfOrderedPairsSeesEveryWordOnceButWhatIsCut() {
        // Short sentences: what is cut of a row is little.
        Corpus corpus = new Corpus(new Random(RUN), 0, 1);
        Random random = new Random(RUN);
        for (int document = 0; document < 300; document++) {
            List<int[]> sentences = new ArrayList<>();
            for (int i = 1 + random.nextInt(12); i > 0; i--) {
                sentences.add(corpus.sentence(document, 1 + random.nextInt(4)));
            }
            corpus.documents.add(sentences);
        }
        Set<Integer> seen = new HashSet<>();
        int words = 0;
        for (Texts text : epochs(corpus.tokens(), Objective.MLM_SOP, 1)) {
            words += text.firstLength() + text.secondLength();
            IntStream.range(text.first(), text.first() + text.firstLength()).forEach(seen::add);
            IntStream.range(text.second(), text.second() + text.secondLength()).forEach(seen::add);
        }
        assertEquals(words, seen.size(), "no word twice, seed " + RUN);
        double share = (double) words / corpus.words();
        System.out.printf("Words seen in an epoch of ordered pairs: %.4f (seed %d)%n", share, RUN);
        assertTrue(share > 0.9, share + ", seed " + RUN);
    }

    @Test
    void anEpochOfNextSentencesSeesEachWordOnceButForCutsAndRandomTexts() {
        Corpus corpus = new Corpus(new Random(RUN), 300, 16);
        Set<Integer> seen = new HashSet<>();
        int own = 0;
        for (Texts pair : epochs(corpus.tokens(), Objective.MLM_NSP, 1)) {
            own += pair.firstLength() + (pair.label() == Example.NEXT ? pair.secondLength() : 0);
            IntStream.range(pair.first(), pair.first() + pair.firstLength()).forEach(seen::add);
            if (pair.label() == Example.NEXT) {
                IntStream.range(pair.second(), pair.second() + pair.secondLength())
                        .forEach(seen::add);
            }
        }
        assertEquals(own, seen.size(), "no word twice, random texts aside, seed " + RUN);
    }

    @ParameterizedTest
    @CsvSource({"MLM_NSP, 1", "MLM_NSP, 3", "MLM_SOP, 2"})
    void workersDoNotChangeThePairs(Objective objective, int workers) {
        TokenDocuments documents = new Corpus(new Random(RUN), 200, 12).tokens();
        List<String> expected = take(documents, config(documents, 4, RUN, 0, objective), BatchCursor.START, 200);
        assertEquals(
                expected,
                take(documents, config(documents, 4, RUN, workers, objective), BatchCursor.START, 200),
                "seed " + RUN);
        assertNotEquals(expected, take(documents, config(documents, 4, RUN + 1, 0, objective), BatchCursor.START, 200));
    }

    private static List<String> take(TokenDocuments documents, BatchConfig config, BatchCursor start, int batches) {
        List<String> contents = new ArrayList<>();
        try (BatchStream stream = new BatchStream(documents, config, start)) {
            for (int i = 0; i < batches; i++) {
                contents.add(content(stream.next()));
            }
        }
        return contents;
    }

    @ParameterizedTest
    @EnumSource(
            value = Objective.class,
            names = {"MLM_NSP", "MLM_SOP"})
    void resumingAnywhereGoesOnWithTheSamePairs(Objective objective) {
        // More passages than a window holds.
        TokenDocuments documents = new Corpus(new Random(RUN), 2500, 4).tokens();
        BatchConfig config = config(documents, 3, RUN, 2, objective);
        List<BatchCursor> cursors = new ArrayList<>();
        List<String> contents = new ArrayList<>();
        try (BatchStream stream = new BatchStream(documents, config, BatchCursor.START)) {
            while (stream.cursor().epoch() < 2) {
                cursors.add(stream.cursor());
                contents.add(content(stream.next()));
            }
        }
        assertTrue(cursors.stream().map(BatchCursor::position).anyMatch(position -> position > 100_000));
        Random random = new Random(RUN);
        for (int trial = 0; trial < 25; trial++) {
            int from = random.nextInt(cursors.size());
            int count = Math.min(5, cursors.size() - from);
            assertEquals(
                    contents.subList(from, from + count),
                    take(documents, config, cursors.get(from), count),
                    cursors.get(from) + ", seed " + RUN);
        }
        BatchCursor beyond = new BatchCursor(0, Long.MAX_VALUE);
        assertThrows(IllegalArgumentException.class, () -> take(documents, config, beyond, 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = Objective.class,
            names = {"MLM_NSP", "MLM_SOP"})
    void eachEpochHasPairsOfItsOwn(Objective objective) {
        TokenDocuments documents = new Corpus(new Random(RUN), 100, 12).tokens();
        Set<Texts> first = new HashSet<>(epochs(documents, objective, 1));
        List<Texts> both = epochs(documents, objective, 2);
        long again = both.subList(first.size(), both.size()).stream()
                .filter(first::contains)
                .count();
        // Documents of one sentence, and short ones now and then, repeat themselves.
        assertTrue(again < 0.4 * first.size(), again + " of " + first.size() + ", seed " + RUN);
    }

    @Test
    void aDocumentLongerThanAPassageIsPairedToItsEnd() {
        Corpus corpus = new Corpus(new Random(RUN), 0, 1);
        for (int document = 0; document < 2; document++) {
            List<int[]> sentences = new ArrayList<>();
            for (int i = 0; i < 1200; i++) {
                // Now and then one that is longer than a passage by itself.
                sentences.add(corpus.sentence(document, i % 500 == 499 ? 3000 : 3));
            }
            corpus.documents.add(sentences);
        }
        Set<Integer> documentsSeen = new HashSet<>();
        int words = 0;
        for (Texts text : epochs(corpus.tokens(), Objective.MLM_SOP, 1)) {
            documentsSeen.add(corpus.document(text.first()));
            words += text.firstLength() + text.secondLength();
        }
        assertEquals(Set.of(0, 1), documentsSeen);
        int inShortSentences = 2 * (1200 - 2) * 3;
        assertTrue(words > 0.85 * inShortSentences, words + " of " + inShortSentences + ", seed " + RUN);
    }

    @Test
    void pairsArePackedAndPaddingStaysLow() {
        TokenDocuments documents = new Corpus(new Random(RUN), 3000, 3).tokens();
        long tokens = 0;
        long real = 0;
        long pairs = 0;
        try (BatchStream stream =
                new BatchStream(documents, config(documents, 8, RUN, 0, Objective.MLM_NSP), BatchCursor.START)) {
            while (stream.cursor().epoch() == 0) {
                Batch batch = stream.next();
                tokens += batch.tokens();
                real += batch.realTokens();
                pairs += pairs(batch).count();
            }
        }
        double padding = 100.0 * (tokens - real) / tokens;
        System.out.printf(
                "Padding of packed pairs: %.2f %%, %.2f pairs a row (seed %d)%n",
                padding, (double) pairs * SEQ_LEN / tokens, RUN);
        assertTrue(padding < 12, padding + " % padding, seed " + RUN);
        assertTrue(pairs * SEQ_LEN > tokens, "more pairs than rows, seed " + RUN);
    }

    @ParameterizedTest
    @EnumSource(
            value = Objective.class,
            names = {"MLM", "MLM_NSP", "MLM_SOP"})
    void evaluationHasTheSameBatchesEveryTimeInTheDocumentsOrder(Objective objective) {
        Corpus corpus = new Corpus(new Random(RUN), 60, 8);
        TokenDocuments documents = corpus.tokens();
        EvaluationBatches batches = new EvaluationBatches(documents, config(documents, 2, 0, 0, objective));
        List<String> contents = new ArrayList<>();
        List<Integer> order = new ArrayList<>();
        for (Batch batch : batches) {
            contents.add(content(batch));
            texts(batch).forEach(text -> order.add(corpus.document(text.first())));
            assertEquals(objective.hasPairs(), pairs(batch).count() > 0);
        }
        List<String> again = new ArrayList<>();
        batches.forEach(batch -> again.add(content(batch)));
        assertEquals(contents, again);
        assertEquals(60, new HashSet<>(order).size(), "every document is scored");
        assertEquals(0, order.get(0));
    }

    @Test
    void eachTextIsADocumentToAMaskingStrategySoThatNoSpanJoinsTwo() {
        TokenDocuments documents = new Corpus(new Random(RUN), 50, 8).tokens();
        List<PackedRow> rows = new ArrayList<>();
        MaskingStrategy masking = new MaskingStrategy() {
            @Override
            public int maxMasked(int seqLen) {
                return 1;
            }

            @Override
            public int[] choose(PackedRow row, RandomStream random) {
                rows.add(new PackedRow(row.ids().clone(), row.documentOffsets()));
                return new int[] {1};
            }
        };
        BatchConfig config = new BatchConfig(
                2,
                SEQ_LEN,
                documents.vocabularySize(),
                SPECIALS,
                masking,
                TokenReplacement.BERT,
                RUN,
                0,
                Objective.MLM_SOP);
        take(documents, config, BatchCursor.START, 20);
        assertEquals(40, rows.size());
        for (PackedRow row : rows) {
            int[] offsets = row.documentOffsets();
            for (int d = 0; d + 1 < offsets.length; d++) {
                for (int i = offsets[d]; i < offsets[d + 1]; i++) {
                    assertEquals(i == offsets[d + 1] - 1, row.ids()[i] == SPECIALS.sep(), "[SEP] ends a text");
                }
            }
            assertEquals(row.ids().length, offsets[offsets.length - 1]);
        }
    }

    @Test
    void documentsThatCannotBePairedAreRefusedWithTheRemedy() {
        TokenDocuments lines = DataFixtures.documents(DataFixtures.glosses(new Random(RUN), 50));
        for (Objective objective : List.of(Objective.MLM_NSP, Objective.MLM_SOP)) {
            String message = refusal(lines, objective);
            assertTrue(message.contains("50 documents, each a single sentence"), message);
            assertTrue(message.contains("--blank-line-documents"), message);
        }
        TokenDocuments one =
                TokenDocuments.ofSentences(VOCABULARY, List.of(List.of(new int[] {7}, new int[] {8}), List.of()));
        String message = refusal(one, Objective.MLM_NSP);
        assertTrue(message.contains("at least two documents"), message);
        assertEquals(1, epochs(one, Objective.MLM_SOP, 1).size());
        assertThrows(
                IllegalArgumentException.class,
                () -> new BatchConfig(
                        1,
                        4,
                        VOCABULARY,
                        SPECIALS,
                        new TokenMasking(0.15, SPECIALS),
                        TokenReplacement.BERT,
                        0,
                        0,
                        Objective.MLM_SOP));
    }

    private static String refusal(TokenDocuments documents, Objective objective) {
        BatchConfig config = config(documents, 1, 0, 0, objective);
        return assertThrows(CorpusException.class, () -> new BatchStream(documents, config, BatchCursor.START))
                .getMessage();
    }

    @ParameterizedTest
    @EnumSource(names = {"MLM_NSP", "MLM_SOP"})
    void theWorkOfASentenceDoesNotGrowWithItsDocument(Objective objective) {
        int small = 5_000;
        int factor = 16;
        double before = (double) readsOfAnEpoch(objective, small) / small;
        double after = (double) readsOfAnEpoch(objective, factor * small) / (factor * small);
        // A search of the sentence that a passage begins with takes one more read for each doubling.
        assertTrue(after < 2 * before, before + " ends read for each sentence, in long documents " + after);
    }

    /** How many ends of sentences are read to make all pairs of two documents. */
    private static long readsOfAnEpoch(Objective objective, int sentences) {
        AtomicLong reads = new AtomicLong();
        TokenDocuments documents = new TokenDocuments() {
            @Override
            public long count() {
                return 2;
            }

            @Override
            public int length(long document) {
                return 3 * sentences;
            }

            @Override
            public void copy(long document, int from, int[] target, int at, int count) {
                throw new AssertionError("pairs are made without ids");
            }

            @Override
            public SentenceEnds sentenceEnds(long document) {
                return new SentenceEnds() {
                    @Override
                    public int count() {
                        return sentences;
                    }

                    @Override
                    public int get(int sentence) {
                        reads.incrementAndGet();
                        return 3 * (sentence + 1);
                    }
                };
            }

            @Override
            public int vocabularySize() {
                return VOCABULARY;
            }
        };
        SentencePairs pairs = new SentencePairs(documents, objective, SEQ_LEN, RUN);
        for (long unit = 0; unit < pairs.units(); unit++) {
            pairs.addTo(new ArrayList<>(), 0, unit);
        }
        return reads.get();
    }

    @Test
    void theLeastRowHoldsTheLeastPair() {
        TokenDocuments documents = TokenDocuments.ofSentences(
                VOCABULARY, List.of(List.of(new int[] {7, 8, 9}, new int[] {10, 11}), List.of(new int[] {12})));
        for (Objective objective : List.of(Objective.MLM_NSP, Objective.MLM_SOP)) {
            BatchConfig config = new BatchConfig(
                    2,
                    5,
                    VOCABULARY,
                    SPECIALS,
                    new TokenMasking(0.15, SPECIALS),
                    TokenReplacement.BERT,
                    RUN,
                    0,
                    objective);
            try (BatchStream stream = new BatchStream(documents, config, BatchCursor.START)) {
                for (int i = 0; i < 20; i++) {
                    Batch batch = stream.next();
                    assertTrue(batch.targets().get(0).count() > 0, Arrays.toString(batch.tokenIds()));
                }
            }
        }
    }
}
