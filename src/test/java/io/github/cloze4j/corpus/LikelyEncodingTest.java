package io.github.cloze4j.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Texts of the public domain and a few lines of our own, each in the encodings that its language had. */
class LikelyEncodingTest {
    private static final String GERMAN = "Wer reitet so spät durch Nacht und Wind? Es ist der Vater mit seinem Kind; er"
            + " hat den Knaben wohl in dem Arm, er faßt ihn sicher, er hält ihn warm.\n";
    private static final String FRENCH =
            "Longtemps, je me suis couché de bonne heure. Parfois, à peine ma bougie éteinte, mes yeux se fermaient.\n";
    private static final String QUOTES =
            "“It was the best of times,” she said, “it was the worst of times – wasn’t it?”\n";
    private static final String RUSSIAN = "Все счастливые семьи похожи друг на друга, каждая несчастливая семья"
            + " несчастлива по-своему. Всё смешалось в доме Облонских.\n";
    private static final String GREEK =
            "Σε γνωρίζω από την κόψη του σπαθιού την τρομερή, σε γνωρίζω από την όψη που με βια μετράει τη γη.\n";
    private static final String SIMPLIFIED =
            "子曰：学而时习之，不亦说乎？有朋自远方来，不亦乐乎？人不知而不愠，不亦君子乎？" + "温故而知新，可以为师矣。三人行，必有我师焉；择其善者而从之，其不善者而改之。\n";
    private static final String TRADITIONAL =
            "子曰：學而時習之，不亦說乎？有朋自遠方來，不亦樂乎？人不知而不慍，不亦君子乎？" + "溫故而知新，可以為師矣。三人行，必有我師焉；擇其善者而從之，其不善者而改之。\n";
    private static final String JAPANESE = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所でニャーニャー泣いていた事だけは記憶している。\n";
    private static final String KOREAN =
            "나라의 말이 중국과 달라 한자와는 서로 통하지 아니하므로 어리석은 백성이 말하고자 하는 바가 있어도 마침내 제 뜻을 펴지 못하는 사람이 많다.\n";

    private static String text(String language) {
        return switch (language) {
            case "german" -> GERMAN;
            case "french" -> FRENCH;
            case "quotes" -> QUOTES;
            case "russian" -> RUSSIAN;
            case "greek" -> GREEK;
            case "simplified" -> SIMPLIFIED;
            case "traditional" -> TRADITIONAL;
            case "japanese" -> JAPANESE;
            default -> KOREAN;
        };
    }

    @ParameterizedTest
    @CsvSource({
        "german, ISO-8859-1, ISO-8859-1",
        "german, UTF-16LE, UTF-16LE",
        "german, UTF-16BE, UTF-16BE",
        "german, UTF-16, UTF-16",
        "german, UTF-32LE, UTF-32LE",
        "french, ISO-8859-1, ISO-8859-1",
        "quotes, windows-1252, windows-1252",
        "russian, windows-1251, windows-1251",
        "russian, KOI8-R, KOI8-R",
        "russian, IBM866, IBM866",
        "russian, UTF-16LE, UTF-16LE",
        "russian, UTF-16BE, UTF-16BE",
        "greek, windows-1253, windows-1253",
        "simplified, GBK, GB18030",
        "simplified, GB18030, GB18030",
        "simplified, UTF-16LE, UTF-16LE",
        "simplified, UTF-16BE, UTF-16BE",
        "traditional, Big5, Big5",
        "traditional, UTF-16BE, UTF-16BE",
        "japanese, Shift_JIS, Shift_JIS",
        "japanese, EUC-JP, EUC-JP",
        "japanese, UTF-16LE, UTF-16LE",
        "korean, EUC-KR, EUC-KR",
    })
    void theEncodingOfATextIsGuessed(String language, String encoding, String expected) {
        byte[] whole = text(language).repeat(20).getBytes(Charset.forName(encoding));
        assertEquals(expected, LikelyEncoding.of(whole, true));
        // From a buffer's end on, which may be inside of a character. A shift by a byte swaps the orders of UTF-16.
        byte[] rest = Arrays.copyOfRange(whole, encoding.startsWith("UTF") ? 4 : 7, whole.length);
        assertEquals(encoding.equals("UTF-16") ? "UTF-16BE" : expected, LikelyEncoding.of(rest, false));
        assertEquals(expected, LikelyEncoding.of(Arrays.copyOf(whole, whole.length / 20), true), "one line");
    }

    @Test
    void damagedUtf8IsUtf8AndNoiseIsNothing() {
        byte[] damaged = JAPANESE.getBytes(StandardCharsets.UTF_8);
        damaged[20] = (byte) 0xFF;
        damaged[50] = (byte) 0xFF;
        assertEquals("UTF-8", LikelyEncoding.of(damaged, true));
        byte[] noise = new byte[4096];
        new SplittableRandom(1).nextBytes(noise);
        assertNull(LikelyEncoding.of(noise, true));
    }
}
