package io.github.cloze4j.tokenizer.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Text of few characters, so that pairs repeat, overlap and tie. */
final class RandomText {
    private static final String[] CHARACTERS = {"a", "a", "b", "c", "\u00E9", "\uFF41", "\uD801\uDC28", "\uD83D\uDE00"};

    private RandomText() {}

    /** Documents of up to 40 words. */
    static List<String> documents(Random random, int count) {
        List<String> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder document = new StringBuilder();
            for (int words = random.nextInt(40); words >= 0; words--) {
                int alphabet = 1 + random.nextInt(CHARACTERS.length);
                for (int length = 1 + random.nextInt(7); length > 0; length--) {
                    document.append(CHARACTERS[random.nextInt(alphabet)]);
                }
                document.append(' ');
            }
            documents.add(document.toString());
        }
        return documents;
    }
}
