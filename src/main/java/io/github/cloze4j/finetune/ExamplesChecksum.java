package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.tokenizer.Encoding;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** The checksum of examples: a CRC-32C of their numbers. */
final class ExamplesChecksum {
    private final CRC32C sum = new CRC32C();

    private ExamplesChecksum() {}

    static String of(List<LabelledTokens> examples) {
        ExamplesChecksum checksum = new ExamplesChecksum();
        for (LabelledTokens example : examples) {
            for (Encoding text : example.texts()) {
                checksum.add(text.ids());
                checksum.add(text.typeIds());
            }
            Targets targets = example.targets();
            checksum.add(targets.rows());
            checksum.add(targets.ends());
            checksum.add(targets.labels());
            int[] values = new int[targets.values().length];
            for (int i = 0; i < values.length; i++) {
                values[i] = Float.floatToIntBits(targets.values()[i]);
            }
            checksum.add(values);
            if (example.prefix() != LabelledTokens.OF_MODEL) {
                checksum.add(new int[] {example.prefix()});
            }
        }
        return String.format("%08x", checksum.sum.getValue());
    }

    /** With their number before them, so that numbers cannot move from one array to the next. */
    private void add(int[] numbers) {
        ByteBuffer bytes =
                ByteBuffer.allocate((numbers.length + 1) * Integer.BYTES).putInt(numbers.length);
        for (int number : numbers) {
            bytes.putInt(number);
        }
        sum.update(bytes.flip());
    }
}
