package io.github.cloze4j.pretrained.huggingface;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.nn.LowRank;
import io.github.cloze4j.pretrained.ParameterBytes;
import io.github.cloze4j.pretrained.peft.AdapterDirectory;
import io.github.cloze4j.pretrained.peft.StoredAdapter;
import io.github.cloze4j.tensors.NamedTensor;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The tensors of a base model with an adapter merged into them: low-rank updates are added to the weights that they belong to,
 * and the pooler and the head are the adapter's, if it has them. Tensors have the names of today's parameters.
 */
final class AdaptedWeights implements WeightSource {
    private static final String WEIGHT = ".weight";

    private final WeightSource base;
    private final WeightNames names;
    private final StoredAdapter adapter;

    /** Opens both. */
    static WeightSource open(Path adapter, Path base) {
        StoredAdapter opened = AdapterDirectory.open(adapter);
        try {
            return of(WeightFiles.open(base), opened);
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    private static WeightSource of(WeightFiles base, StoredAdapter adapter) {
        try {
            return new AdaptedWeights(base, adapter);
        } catch (RuntimeException | Error e) {
            base.close();
            throw e;
        }
    }

    /**
     * Compares the adapter with the base.
     *
     * @param base closed with this object
     * @param adapter closed with this object
     * @throws CheckpointFormatException if the adapter is for another base, or lacks tensors
     */
    private AdaptedWeights(WeightSource base, StoredAdapter adapter) {
        this.base = base;
        this.adapter = adapter;
        names = ModelWeights.names(base);
        Map<String, long[]> wanted = new TreeMap<>();
        for (String name : names.all()) {
            wanted.put(name, base.shape(inBase(name)));
        }
        adapter.requireComplete(withUpdates(wanted), Set.of());
    }

    /** The shapes of the parameters of an adapted model: those of the base, of the updates, and of what only the adapter has. */
    private Map<String, long[]> withUpdates(Map<String, long[]> ofBase) {
        Map<String, long[]> all = new HashMap<>(ofBase);
        int rank = adapter.lora().rank();
        ofBase.forEach((name, shape) -> {
            String linear = linear(name);
            if (shape.length == 2 && adapter.updates(linear)) {
                all.put(LowRank.nameOfA(linear), new long[] {rank, shape[1]});
                all.put(LowRank.nameOfB(linear), new long[] {shape[0], rank});
            }
        });
        adapter.whole().forEach(name -> all.putIfAbsent(name, adapter.shape(name)));
        return all;
    }

    /** The name of the layer that a weight belongs to. */
    private static String linear(String parameter) {
        return parameter.endsWith(WEIGHT) ? parameter.substring(0, parameter.length() - WEIGHT.length()) : parameter;
    }

    private String inBase(String name) {
        @Nullable String inFile = names.inFile(name);
        if (inFile == null) {
            throw new IllegalArgumentException("Expected a tensor of the base. Received: " + name);
        }
        return inFile;
    }

    @Override
    public List<String> remarks() {
        return base.remarks();
    }

    @Override
    public Path path() {
        return base.path();
    }

    @Override
    public Set<String> names() {
        Set<String> all = new TreeSet<>(names.all());
        all.addAll(adapter.whole());
        return all;
    }

    @Override
    public String typeName(String name) {
        return adapter.whole().contains(name) ? adapter.typeName(name) : base.typeName(inBase(name));
    }

    @Override
    public long[] shape(String name) {
        return adapter.whole().contains(name) ? adapter.shape(name) : base.shape(inBase(name));
    }

    @Override
    public NamedTensor tensor(String name) {
        if (adapter.whole().contains(name)) {
            return adapter.tensor(name);
        }
        NamedTensor stored = base.tensor(inBase(name));
        String linear = linear(name);
        return stored.shape().length == 2 && adapter.updates(linear) ? adapter.merge(linear, stored) : stored;
    }

    @Override
    public boolean mayHaveOtherHeads() {
        return true;
    }

    @Override
    public void checkSums(List<String> encoder) {
        base.checkSums(encoder);
        adapter.requireChecksum(() -> {
            CRC32C sum = new CRC32C();
            encoder.forEach(name -> sum.update(ParameterBytes.of(base.tensor(inBase(name)), DataType.FLOAT)));
            return sum;
        });
    }

    @Override
    public void close() {
        try (adapter) {
            base.close();
        }
    }
}
