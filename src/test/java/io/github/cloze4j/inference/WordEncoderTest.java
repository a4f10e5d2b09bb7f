package io.github.cloze4j.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cloze4j.tokenizer.BertTokenizer;
import io.github.cloze4j.tokenizer.TestVocabularies;
import io.github.cloze4j.tokenizer.TokenizerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WordEncoderTest {
    private static final BertTokenizer TOKENIZER =
            new BertTokenizer(TestVocabularies.small(), TokenizerConfig.uncased());

    /** Every piece of every word is in exactly one window, in the one with most context; the windows are what the model reads. */
    @Test
    void noPieceIsLostAndNoneIsThereTwice() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            int maxTokens = 3 + random.nextInt(12);
            TokenLimit limit = TokenLimit.windows(maxTokens, random.nextInt(maxTokens - 2));
            List<String> words = random.ints(random.nextInt(40), 0, 4)
                    .mapToObj(List.of("fox", "unwant", "jumped", "李")::get)
                    .toList();
            String text = String.join(" ", words);
            WordEncoder.Words encoded = new WordEncoder(TOKENIZER, limit).encode(text);
            String message = "seed " + seed + ", " + limit + ", " + text;
            assertEquals(
                    words, encoded.words().stream().map(word -> word.of(text)).toList(), message);
            List<Integer> pieces = new ArrayList<>();
            int firsts = 0;
            for (WordEncoder.Window window : encoded.windows()) {
                assertTrue(window.tokens().ids().length <= maxTokens, message);
                for (WordEncoder.Piece piece : window.pieces()) {
                    TextSpan word = encoded.words().get(piece.word());
                    assertTrue(word.start() <= window.tokens().starts()[piece.row()], message);
                    assertTrue(window.tokens().ends()[piece.row()] <= word.end(), message);
                    assertEquals(piece.first(), word.start() == window.tokens().starts()[piece.row()], message);
                    pieces.add(window.tokens().ids()[piece.row()]);
                    firsts += piece.first() ? 1 : 0;
                }
            }
            assertEquals(IntStream.of(TOKENIZER.ids(text)).boxed().toList(), pieces, message);
            assertEquals(words.size(), firsts, message);
        }
    }

    /** The window of each token against a search over all windows. */
    @Test
    void tokensBelongToTheWindowWithMostContext() {
        for (int tokens = 2; tokens < 60; tokens++) {
            for (int overlap = 0; overlap < 7; overlap++) {
                List<TokenWindow> windows = TokenWindow.of(tokens, TokenLimit.windows(10, overlap));
                int[] owners = TokenWindow.withMostContext(windows);
                for (int token = 1; token < tokens - 1; token++) {
                    int best = -1;
                    int most = -1;
                    for (int i = 0; i < windows.size(); i++) {
                        TokenWindow window = windows.get(i);
                        int context = Math.min(token - window.from(), window.to() - 1 - token);
                        if (context > most) {
                            most = context;
                            best = i;
                        }
                    }
                    assertEquals(best, owners[token], tokens + " tokens, overlap " + overlap + ", token " + token);
                }
            }
        }
    }

    /** Words that are given are read one by one: what the tokenizer would split stays a word, and offsets are those of the text. */
    @Test
    void givenWordsKeepTheirPlaces() {
        String text = "the fox's  dog";
        List<TextSpan> words = List.of(new TextSpan(0, 3), new TextSpan(4, 9), new TextSpan(11, 14));
        WordEncoder.Window window = new WordEncoder(TOKENIZER, TokenLimit.windows(16, 4))
                .encode(text, words)
                .windows()
                .get(0);
        assertEquals(
                List.of(0, 1, 1, 1, 2),
                window.pieces().stream().map(WordEncoder.Piece::word).toList());
        assertEquals(
                List.of(true, true, false, false, true),
                window.pieces().stream().map(WordEncoder.Piece::first).toList());
        assertEquals(8, window.tokens().starts()[4]);
        assertEquals(9, window.tokens().ends()[4]);
        WordEncoder encoder = new WordEncoder(TOKENIZER, TokenLimit.windows(16, 4));
        assertThrows(
                IllegalArgumentException.class,
                () -> encoder.encode(text, List.of(new TextSpan(4, 9), new TextSpan(0, 3))));
        assertThrows(IllegalArgumentException.class, () -> encoder.encode(text, List.of(new TextSpan(11, 15))));
    }
}
