package io.github.cloze4j.tokenizer.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import io.github.cloze4j.tokenizer.Vocabulary;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordPieceTrainerTest {
    private static final int PLENTY = 10_000;
    private static final int SPECIAL_TOKENS = 5;

    private static WordPieceTrainer.Config config(int size, long minFrequency, int threads) {
        return new WordPieceTrainer.Config(size, TokenizerConfig.cased(), minFrequency, threads);
    }

    private static List<String> tokens(Vocabulary vocabulary) {
        return IntStream.range(0, vocabulary.size()).mapToObj(vocabulary::token).toList();
    }

    /** What stands behind the special tokens. */
    private static List<String> learn(int size, long minFrequency, String... documents) {
        List<String> tokens = tokens(WordPieceTrainer.train(Stream.of(documents), config(size, minFrequency, 1)));
        assertEquals(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"), tokens.subList(0, SPECIAL_TOKENS));
        return tokens.subList(SPECIAL_TOKENS, tokens.size());
    }

    private static String times(int count, String word) {
        return (word + " ").repeat(count);
    }

    private static final String HUGS =
            times(10, "hug") + times(5, "pug") + times(12, "pun") + times(4, "bun") + times(5, "hugs");

    /** Counts after the first merge: (h, ##ug) 15, (p, ##ug) 5, (p, ##u) 12, (##u, ##n) 16, (b, ##u) 4, (##ug, ##s) 5. */
    @Test
    void theMostFrequentPairIsMergedFirst() {
        assertEquals(
                List.of(
                        "b", "g", "h", "n", "p", "s", "u", "##g", "##n", "##s", "##u", //
                        "##ug", "##un", "hug", "pun", "hugs", "pug", "bun"),
                learn(PLENTY, 1, HUGS));
    }

    @Test
    void mergingEndsBelowTheMinimumFrequency() {
        List<String> all = learn(PLENTY, 1, HUGS);

        assertEquals(all.subList(0, all.size() - 1), learn(PLENTY, 5, HUGS), "bun occurs 4 times");
        assertEquals(all.subList(0, all.size() - 3), learn(PLENTY, 6, HUGS), "hugs and pug occur 5 times");
        assertEquals(all.subList(0, 11), learn(PLENTY, 21, HUGS), "##ug occurs 20 times");
    }

    @Test
    void aSmallerVocabularyIsTheStartOfALargerOne() {
        List<String> all = learn(PLENTY, 1, HUGS);

        for (int size = SPECIAL_TOKENS + 11; size <= SPECIAL_TOKENS + all.size(); size++) {
            assertEquals(all.subList(0, size - SPECIAL_TOKENS), learn(size, 1, HUGS));
        }
    }

    @Test
    void ofEquallyFrequentPairsTheSmallerLeftTokenGoesFirstThenTheSmallerRightOne() {
        List<String> tokens = learn(PLENTY, 1, "za zb yc yb");

        assertEquals(List.of("yb", "yc", "za", "zb"), tokens.subList(tokens.size() - 4, tokens.size()));
    }

    /** In UTF-16 the Deseret letter, a surrogate pair, would come before the full-width one. */
    @Test
    void tiesAndTheAlphabetGoByCodePointsNotByUtf16Units() {
        assertEquals(
                List.of("b", "\uFF41", "\uD801\uDC28", "##b", "\uFF41b", "\uD801\uDC28b"),
                learn(PLENTY, 1, "\uD801\uDC28b \uFF41b"));
    }

    @Test
    void overlappingPairsAreMergedFromLeftToRight() {
        assertEquals(List.of("a", "##a", "##aa", "##aaa", "aaaa"), learn(PLENTY, 1, "aaaa"));
        assertEquals(List.of("a", "##a", "##aa", "##aaaa", "aaaaa"), learn(PLENTY, 1, "aaaaa"));
    }

    @Test
    void charactersThatDoNotFitAreTheRarestAndTheirWordsAreNotLearntFrom() {
        // a 11 times, b 10, c and d 6; all of them at the start of words and further on.
        String text = times(3, "ab") + times(3, "ba") + times(4, "cab") + "cad " + "dc " + times(4, "d");

        assertEquals(List.of("a", "##a"), learn(SPECIAL_TOKENS + 2, 1, text));
        assertEquals(List.of("a", "##a"), learn(SPECIAL_TOKENS + 3, 1, text).subList(0, 2), "b needs two tokens");
        assertEquals(List.of("a", "b", "##a", "##b"), learn(SPECIAL_TOKENS + 4, 1, text));
        assertEquals(
                List.of("a", "b", "##a", "##b", "ab"),
                learn(SPECIAL_TOKENS + 5, 1, text),
                "cab holds ##a ##b four times, but has no token for c");
        assertEquals(
                List.of("a", "b", "c", "##a", "##b", "##c"), learn(SPECIAL_TOKENS + 6, 1, text), "c as often as d");
    }

    @Test
    void manyRareCharactersLeaveHalfOfTheVocabularyToWords() {
        StringBuilder text = new StringBuilder();
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            text.append((char) ('a' + random.nextInt(6)));
            text.append(random.nextInt(4) == 0 ? " " : "");
        }
        IntStream.range(0, 3000).forEach(i -> text.append(' ').appendCodePoint(0xAC00 + i));
        List<String> tokens = learn(SPECIAL_TOKENS + 2400, 1, text.toString());

        assertEquals(2400, tokens.size());
        assertEquals(
                1200 - 6,
                tokens.stream().filter(token -> token.codePoints().count() == 1).count(),
                "1,200 less the six letters with ##");
        assertTrue(tokens.contains(Character.toString(0xAC00)));
        assertFalse(tokens.contains(Character.toString(0xAC00 + 2999)));
    }

    @Test
    void wordsTooLongToTokenizeAreNotLearntFrom() {
        String fits = "\uD801\uDC28".repeat(100);

        assertEquals(List.of("q", "r", "##r", "qr"), learn(PLENTY, 1, "qr " + "x".repeat(101)));
        assertTrue(learn(PLENTY, 1, fits).contains(fits));
        assertThrows(CorpusException.class, () -> learn(PLENTY, 1, fits + "\uD801\uDC28"));
    }

    @Test
    void halvesOfSurrogatePairsAreNoTokens() {
        for (String token : learn(PLENTY, 1, "a\uD801 \uDC28 ab")) {
            assertTrue(token.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF), token);
        }
    }

    @Test
    void textWithoutWordsIsRefused() {
        for (String text : List.of("", " \t\n", "\u0000")) {
            String message = assertThrows(CorpusException.class, () -> learn(PLENTY, 1, text))
                    .getMessage();
            assertTrue(message.matches("Expected .*\\. Received: .*\\. Name .*\\."), message);
        }
        assertThrows(CorpusException.class, () -> WordPieceTrainer.train(Stream.empty(), config(100, 1, 2)));
    }

    @Test
    void aFailureToReadComesThroughAsItIs() {
        CorpusException failure = new CorpusException("unreadable");
        Stream<String> documents = Stream.of("good", "bad").peek(document -> {
            if (document.equals("bad")) {
                throw failure;
            }
        });

        assertEquals(failure, assertThrows(CorpusException.class, () -> {
            WordPieceTrainer.train(documents, config(100, 1, 3));
        }));
    }

    @ParameterizedTest
    @CsvSource({"5, 1, 1", "-1, 1, 1", "100, 0, 1", "100, 1, 0"})
    void settingsOutOfRangeAreRefused(int size, long minFrequency, int threads) {
        String message = assertThrows(IllegalArgumentException.class, () -> config(size, minFrequency, threads))
                .getMessage();

        assertTrue(message.matches("Expected .* Received: .*"), message);
    }

    @Test
    void threadsBatchesAndTheOrderOfDocumentsDoNotMatter() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> documents = RandomText.documents(random, 300);
        List<String> expected = tokens(WordPieceTrainer.train(documents.stream(), config(400, 2, 1)));
        for (int threads : new int[] {1, 2, 3, 6}) {
            Collections.shuffle(documents, random);
            WordCounter.Bounds bounds =
                    new WordCounter.Bounds(1 << 20, 1 + random.nextInt(5000), 1 + random.nextInt(300));
            assertEquals(
                    expected,
                    tokens(WordPieceTrainer.train(documents.stream(), config(400, 2, threads), bounds)),
                    threads + " threads, " + bounds + ", seed " + seed);
        }
    }

    @Test
    void boundedCountingDependsOnNeitherThreadsNorBatches() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<String> documents = RandomText.documents(random, 300);
        List<String> unbounded = tokens(WordPieceTrainer.train(documents.stream(), config(400, 2, 1)));
        List<List<String>> bounded = new ArrayList<>();
        for (int threads : new int[] {1, 2, 3, 6}) {
            WordCounter.Bounds bounds = new WordCounter.Bounds(60, 1000, 1 + random.nextInt(300));
            bounded.add(tokens(WordPieceTrainer.train(documents.stream(), config(400, 2, threads), bounds)));
        }
        assertEquals(1, new HashSet<>(bounded).size(), "seed " + seed);
        assertFalse(bounded.contains(unbounded), "the bound was met, seed " + seed);
    }

    @Test
    void theMergesAreThoseOfAPlainImplementation() {
        compareMerges(60);
    }

    @Test
    @Tag("heavy")
    void manyMergesAreThoseOfAPlainImplementation() {
        compareMerges(2000);
    }

    private static void compareMerges(int rounds) {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < rounds; round++) {
            List<String> documents = RandomText.documents(random, 1 + random.nextInt(6));
            int minFrequency = 1 + random.nextInt(4);
            int size = 40 + random.nextInt(150);
            assertEquals(
                    PlainMerges.learn(documents, size, minFrequency),
                    learn(size, minFrequency, documents.toArray(String[]::new)),
                    "round " + round + ", seed " + seed);
        }
    }

    @Test
    void everyWordOfTheTextCanBeSpelt() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 20; round++) {
            List<String> documents = RandomText.documents(random, 20);
            Vocabulary vocabulary = WordPieceTrainer.train(documents.stream(), config(40 + random.nextInt(300), 1, 2));
            BertTokenizer tokenizer = new BertTokenizer(vocabulary, TokenizerConfig.cased());
            assertEquals(vocabulary.size(), new HashSet<>(tokens(vocabulary)).size(), "seed " + seed);
            for (String document : documents) {
                assertTrue(
                        IntStream.of(tokenizer.ids(document)).noneMatch(id -> id == vocabulary.unkId()),
                        document + ", seed " + seed);
            }
        }
    }

    /** From tokenizers 0.23.2, whose order is arbitrary from the first tie on, which comes at the 184th merge. */
    @Test
    void theFirstMergesOfTheGlossesAreHuggingFaces() {
        List<String> expected = List.of("""
                ##he ##in ##er the of ##at ##on ##ed ##es ##ing ##en ##al ##or ##an in an ##it ##ar ##ic or ##is ##ro
                to ##re ##ion and ##ou ##as ##le ##el ##ct ##om ##ent th ##ly ##et st ##us ##ol ##il for ##ce ##iv ##ur
                ##ot ##ith ##id with that ##ter ##ow ##os ##ra ##ig on wh ##ul con re ##av ##ut ##ation be by ##ers
                ##ad as ##ess un ##ir ##pe is ##ch ##em ##am ##od ##im ##ist ##ge ##th us pro ##ci ##her ch ##st ##um
                ##ally ##ab he sh de ##ant ##un ##ain com ##ous ##rom ##ac ex pl ##ver ##est ##ate ##all ##ay se ##and
                ##ive from ##ity su ##oun hav som ##ap ##ri ##ak at ##op ##igh who ##if fl ##ical en ##art ##ort having
                le ##ru sp it ##ect ##ated al ##qu ##ine ##pp ##ment ##ight used ##ish ##ard ##ure ##ell ##oc int ne
                was ##iz ##ia rel ##der cl wor ##act ##ast not ##ating ar res man pr ##ies ##one am sm gen ##ood ##able
                ##og ##ates comp ##ace ##ill ##peci ##ib ##ag ##ong ##ran ##per ##ud""".split("\\s+"));
        WordPieceTrainer.Config config = new WordPieceTrainer.Config(400, TokenizerConfig.uncased(), 2, 2);
        Vocabulary vocabulary;
        try (Stream<String> glosses = Corpus.wordNetGlosses().documents()) {
            vocabulary = WordPieceTrainer.train(glosses, config);
        }
        int first = vocabulary.id(expected.get(0));

        assertEquals(expected, tokens(vocabulary).subList(first, first + expected.size()));
    }

    @Test
    void anInterruptEndsTheTraining() {
        List<String> texts = List.of("some words and some more words", "words");
        for (int at = 0; at < texts.size(); at++) {
            String last = texts.get(at);
            Thread caller = Thread.currentThread();
            Stream<String> documents = texts.stream().peek(text -> {
                if (text.equals(last)) {
                    caller.interrupt();
                }
            });
            String message = assertThrows(
                            Cloze4jException.class, () -> WordPieceTrainer.train(documents, config(100, 1, 1)))
                    .getMessage();
            assertTrue(Thread.interrupted());
            assertTrue(message.contains("an interrupt"), message);
        }
    }
}
