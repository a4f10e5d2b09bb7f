package io.github.cloze4j.pretrained.peft;

import io.github.cloze4j.model.Bert;
import io.github.cloze4j.nn.Parameter;
import io.github.cloze4j.pretrained.SinglePrecision;
import io.github.cloze4j.tensors.TensorSource;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * The checksum of the model under an adapter: CRC-32C of the encoder's parameters in single precision, in the order of their
 * names. An adapter that is used with another base of the same shape answers nonsense, and nothing else would show it.
 */
final class BaseChecksum {
    /** Its name in the metadata of the file of the tensors, which PEFT ignores. */
    static final String FIELD = "cloze4j_base_crc32c";

    private static final String ENCODER = "bert.";

    private BaseChecksum() {}

    /** The checksum of an adapted model's base. */
    static Checksum of(Bert model) {
        CRC32C sum = new CRC32C();
        List<SinglePrecision> base = model.parameters().parameters().stream()
                .filter(parameter -> isOfBase(parameter.name()))
                .sorted(Comparator.comparing(Parameter::name))
                .map(parameter -> new SinglePrecision(
                        parameter.name(), parameter, model.parameters().kernels()))
                .toList();
        TensorSource.forEachPiece(base, sum::update);
        return sum;
    }

    private static boolean isOfBase(String parameter) {
        return parameter.startsWith(ENCODER) && !AdapterParts.mayHold(parameter);
    }

    static String text(Checksum sum) {
        return String.format("%08x", sum.getValue());
    }
}
