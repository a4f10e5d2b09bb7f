package io.github.cloze4j.corpus.parquet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Blocks by the description of the format, in hexadecimal. The file snappy.parquet of ParquetCorpusTest is the reference's. */
class SnappyBlockTest {
    private static byte[] unpack(String hexadecimal, int size) throws IOException {
        return SnappyBlock.unpack(HexFormat.of().parseHex("EE" + hexadecimal), 1, size);
    }

    @ParameterizedTest
    @CsvSource({
        "00, ''",
        "03 08786162, xab",
        "07 08786162 0102, xababab",
        "07 08786162 0E0200, xababab",
        "07 08786162 0F02000000, xababab",
        "09 08786162 0A0300 0879797A, xabxabyyz",
        "09 0061 1101, aaaaaaaaa",
    })
    void elementsAreLiteralsAndCopies(String hexadecimal, String expected) throws IOException {
        byte[] unpacked = unpack(hexadecimal.replace(" ", ""), expected.length());
        assertEquals(expected, new String(unpacked, StandardCharsets.US_ASCII));
    }

    @Test
    void longLiteralsHaveTheirLengthAfterTheTag() throws IOException {
        String text = "0123456789".repeat(30);
        String hexadecimal = HexFormat.of().formatHex(text.getBytes(StandardCharsets.US_ASCII));
        for (String tag : new String[] {"F42B01", "F82B0100", "FC2B010000"}) {
            assertEquals(text, new String(unpack("AC02" + tag + hexadecimal, 300), StandardCharsets.US_ASCII));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "04 08786162, another length",
        "03 087861, no block",
        "03 0878616263, no block",
        "07 08786162 0109, no block",
        "07 08786162 0100, no block",
        "07 08786162 0F020000F0, no block",
        "07 08786162 0E02, no block",
        "03 FCFFFFFFFF, another length",
        "FFFFFFFFFF, no block",
        "'', no block",
    })
    void damagedBlocksAreErrors(String hexadecimal, String words) {
        int size = hexadecimal.startsWith("07") ? 7 : 3;
        IOException failure = assertThrows(IOException.class, () -> unpack(hexadecimal.replace(" ", ""), size));
        assertEquals(
                words.equals("no block")
                        ? "a page that is no block of Snappy"
                        : "a page of another length than its header says",
                failure.getMessage());
    }
}
