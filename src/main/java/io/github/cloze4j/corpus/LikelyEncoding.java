package io.github.cloze4j.corpus;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Guesses the encoding of a text that is not UTF-8, for a message. The candidates are the common encodings, and the guess
 * compares which bytes are frequent in each of them.
 */
final class LikelyEncoding {
    /** Text has hardly any control characters but white space; other encodings' low bytes do. */
    private static final double MOST_CONTROLS = 0.005;

    /** Share of double bytes that are common characters from which on an encoding is likely. */
    private static final double MOSTLY = 0.8;

    /** Share of characters from which on an encoding is another one; a sample may begin inside of a character. */
    private static final double MOST_MALFORMED = 0.1;

    private static final double HALF = 0.5;

    /** The first one that fits is taken: each one's common characters are among those of later ones. */
    private static final List<DoubleBytes> DOUBLE_BYTES = List.of(
            // Kana are more than a third of Japanese text, and rare in other texts.
            new DoubleBytes("Shift_JIS", 0x81, 0x9F, 0x81, 0x98, 0x40, 0x82, 0x83),
            new DoubleBytes("EUC-JP", 0xA1, 0xFE, 0xA1, 0xCF, 0xA1, 0xA4, 0xA5),
            // The syllables of Korean end at C8, and half of the characters of Chinese text come after it.
            new DoubleBytes("EUC-KR", 0xA1, 0xFE, 0xB0, 0xC8, 0xA1, 0xB0, 0xC8),
            new DoubleBytes("Big5", 0xA1, 0xF9, 0xA1, 0xC6, 0x40, 0xA1, 0xC6),
            new DoubleBytes("GB18030", 0x81, 0xFE, 0xA1, 0xD7, 0xA1, 0xA1, 0xD7));

    private LikelyEncoding() {}

    /**
     * The name of the encoding; null if the bytes look like no text.
     *
     * @param sample bytes of the text, with some that are not UTF-8
     * @param isStart whether the text begins with them
     */
    static @Nullable String of(byte[] sample, boolean isStart) {
        String marked = isStart ? ofMark(sample) : null;
        if (marked != null) {
            return marked;
        }
        int[] counts = new int[1 << Byte.SIZE];
        for (byte b : sample) {
            counts[b & 0xFF]++;
        }
        if (controls(counts) > MOST_CONTROLS * sample.length) {
            return wide(sample);
        }
        Utf8Share utf8 = Utf8Share.of(ByteBuffer.wrap(sample));
        if (utf8.characters() > utf8.malformed()) {
            return StandardCharsets.UTF_8.name();
        }
        return DOUBLE_BYTES.stream()
                .filter(encoding -> encoding.commonShare(sample) > MOSTLY)
                .map(DoubleBytes::name)
                .findFirst()
                .orElseGet(() -> singleByte(sample, counts));
    }

    private static @Nullable String ofMark(byte[] sample) {
        if (sample.length < 2) {
            return null;
        }
        int mark = (sample[0] & 0xFF) << Byte.SIZE | (sample[1] & 0xFF);
        boolean zeros = sample.length > 3 && sample[2] == 0 && sample[3] == 0;
        return mark == 0xFFFE ? (zeros ? "UTF-32" : "UTF-16") : mark == 0xFEFF ? "UTF-16" : null;
    }

    private static int controls(int[] counts) {
        int controls = 0;
        for (int c = 0; c < ' '; c++) {
            controls += Character.isWhitespace(c) ? 0 : counts[c];
        }
        return controls;
    }

    /** An encoding of two or four bytes a character whose decoded text has hardly anything but letters in common use. */
    private static @Nullable String wide(byte[] sample) {
        for (String name : List.of("UTF-32LE", "UTF-32BE", "UTF-16LE", "UTF-16BE")) {
            int unit = name.startsWith("UTF-32") ? 4 : 2;
            String text = new String(sample, 0, sample.length - sample.length % unit, Charset.forName(name));
            long usual = text.codePoints().filter(LikelyEncoding::isUsual).count();
            if (usual > 0.95 * text.codePointCount(0, text.length())) {
                return name;
            }
        }
        return null;
    }

    /** Letters of the living scripts, white space and usual punctuation; of ideographs the common block. */
    private static boolean isUsual(int c) {
        return (c >= ' ' && c < 0x0600)
                || Character.isWhitespace(c)
                || (c >= 0x0600 && c < 0x1100 && Character.isLetter(c))
                || (c >= 0x2010 && c < 0x2040)
                || (c >= 0x3000 && c < 0x3100)
                || (c >= 0x4E00 && c < 0xA000)
                || (c >= 0xAC00 && c < 0xD7A4)
                || (c >= 0xFF00 && c < 0xFF60);
    }

    /** High bytes stand alone in Latin text; where they stand together the frequent ones tell the script. */
    private static String singleByte(byte[] sample, int[] counts) {
        int high = range(counts, 0x80, 0xFF);
        int together = 0;
        for (int i = 1; i < sample.length; i++) {
            together += sample[i] < 0 && sample[i - 1] < 0 ? 1 : 0;
        }
        if (together > HALF * high) {
            if (range(counts, 0xA0, 0xAF) > 0.25 * high) {
                return "IBM866";
            }
            if (range(counts, 0xC0, 0xDF) > range(counts, 0xE0, 0xFF)) {
                return "KOI8-R";
            }
            // Greek vowels with an accent are frequent; in Cyrillic these bytes are rare capitals.
            return range(counts, 0xDC, 0xDF) > 0.05 * high ? "windows-1253" : "windows-1251";
        }
        return range(counts, 0x80, 0x9F) == 0 ? StandardCharsets.ISO_8859_1.name() : "windows-1252";
    }

    private static int range(int[] counts, int from, int to) {
        int sum = 0;
        for (int b = from; b <= to; b++) {
            sum += counts[b];
        }
        return sum;
    }

    /**
     * An encoding of two bytes for a character beyond ASCII.
     *
     * @param firstLead the range of first bytes
     * @param firstCommon the range of first bytes of common characters, a part of that
     * @param firstTrail the least second byte; the highest is FE
     * @param firstTelling the range of first bytes that a fourth of all characters have at least
     */
    private record DoubleBytes(
            String name,
            int firstLead,
            int lastLead,
            int firstCommon,
            int lastCommon,
            int firstTrail,
            int firstTelling,
            int lastTelling) {
        /** The share of common ones among the characters beyond ASCII; 0 if the encoding is surely another one. */
        double commonShare(byte[] sample) {
            int high = 0;
            int common = 0;
            int telling = 0;
            int malformed = 0;
            for (int i = 0; i < sample.length; i++) {
                int lead = sample[i] & 0xFF;
                if (lead < 0x80) {
                    continue;
                }
                high++;
                int trail = i + 1 < sample.length ? sample[i + 1] & 0xFF : 0;
                if (lead >= firstLead && lead <= lastLead && trail >= firstTrail && trail <= 0xFE && trail != 0x7F) {
                    common += lead >= firstCommon && lead <= lastCommon ? 1 : 0;
                    telling += lead >= firstTelling && lead <= lastTelling ? 1 : 0;
                    i++;
                } else {
                    malformed++;
                }
            }
            return telling * 4 < high || malformed > MOST_MALFORMED * high ? 0 : (double) common / high;
        }
    }
}
