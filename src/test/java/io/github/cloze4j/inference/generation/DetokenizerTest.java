package io.github.cloze4j.inference.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text that is cut into words, marks and ideographs becomes the same text again. */
class DetokenizerTest {
    /** An ideograph, a word, or any other character that is no blank: the cuts of BERT's tokenizer. */
    private static final Pattern CUTS = Pattern.compile("\\p{IsHan}|[\\p{L}\\p{N}\\p{M}&&[^\\p{IsHan}]]+|[^\\s]");

    private static List<String> cut(String text) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = CUTS.matcher(text);
        while (matcher.find()) {
            tokens.add(matcher.group());
        }
        return tokens;
    }

    private static String joined(List<String> tokens) {
        Detokenizer detokenizer = new Detokenizer(List.of(), false);
        String certain = "";
        for (String token : tokens) {
            detokenizer.add(token);
            String next = detokenizer.certain();
            assertTrue(next.startsWith(certain), "'" + certain + "' was certain, and now it is '" + next + "'");
            certain = next;
        }
        assertTrue(detokenizer.text().startsWith(certain));
        return detokenizer.text();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "the cat sat on the mat.",
                "Really? Yes! Well, so: do it; now.",
                "the dog's tail, the dogs' tails and Jesus' feet",
                "don't, can't, I'm, you're, we've, she'll, he'd; thou think'st",
                "o'clock, O'Brien, ne'er, l'amour, 'tis and 'twas",
                "he said, \"I am here.\" Then: \"go!\"",
                "he said 'hello there' and went",
                "\"'Tis,\" said he, \"the king's.\"",
                "a well-known mother-in-law",
                "(a word) [or two] {or three}, and (more).",
                "3.14 and 1,000,000 at 12:30; in 1914, 3 men; in 2008. 12 men",
                "the u.s. army, e.g. at 10 p.m. or i.e. then",
                "so do i. o lord, am i. a man",
                "$5, £6.50 and 100% of 20°",
                "and/or, #1, 1914–1918",
                "wait… what?",
                "the dogs'",
                "",
                "«bon», “good” and ‘fine’ and the dog’s",
                "我喜欢猫。你呢？",
                "他说：“你好，世界！”",
                "《红楼梦》（第3章）有120回、2008年。",
                "使用 Java 语言",
                "the word 水 means water",
                "東京タワーは高い。",
                "你好,世界!",
                "他说:“谁的？”“是(我)的。”──好",
                "the 1800's, the phrase `to your credit' and \"glory\"--Paine (340?-397), 3, -5",
            })
    void aTextComesBack(String text) {
        assertEquals(text, joined(cut(text)));
    }

    @Test
    void piecesJoinTheWordBefore() {
        assertEquals("undoing", joined(List.of("un", "##do", "##ing")));
        assertEquals("s ##", joined(List.of("##s", "##")));
    }

    private static String after(String prompt, String... tokens) {
        Detokenizer detokenizer = new Detokenizer(cut(prompt), !prompt.isEmpty() && prompt.endsWith(" "));
        List.of(tokens).forEach(detokenizer::add);
        return detokenizer.text();
    }

    @Test
    void aTextGoesOnAfterItsPrompt() {
        assertEquals(" sat", after("the cat", "sat"));
        assertEquals("sat", after("the cat ", "sat"));
        assertEquals("sat", after("", "sat"));
        assertEquals("s.", after("the cat", "##s", "."));
        assertEquals("'s tail", after("the cat", "'", "s", "tail"));
        assertEquals("s tail", after("the cat '", "s", "tail"));
        assertEquals(" there\" he said", after("\"hello", "there", "\"", "he", "said"));
        assertEquals("欢猫", after("我喜", "欢", "猫"));
    }

    @Test
    void aWordIsCertainWhenTheNextHasBegun() {
        Detokenizer detokenizer = new Detokenizer(cut("the"), false);
        List<String> certain = new ArrayList<>();
        for (String token : List.of("dog", "##s", "'", "tail", "'", "s", "end")) {
            detokenizer.add(token);
            certain.add(detokenizer.certain());
        }
        assertEquals(List.of("", "", " dogs", " dogs", " dogs' tail", " dogs' tail", " dogs' tail's"), certain);
        assertEquals(" dogs' tail's end", detokenizer.text());
    }
}
