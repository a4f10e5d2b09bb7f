package io.github.cloze4j.kernel.cpu;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Native resources of a pool's workers, made for all workers at once; see {@link PerWorker}. Thread-safe. */
final class WorkerTeam implements AutoCloseable {
    static final int SCRATCHES = 2 + Operands.IMAGES;

    /** Softmax primitives by rows (upper half of the key) and columns. */
    final PerWorker<Long, OneDnn.Unary> softmaxes;

    /** Conversions to bfloat16 by length. */
    final PerWorker<Integer, OneDnn.Unary> conversions;

    /** Operands of products by shape. */
    final PerWorker<OneDnnBf16Gemm.Shape, OneDnn.Memory> matrices;

    /** Arguments of primitives by their number. */
    final PerWorker<Integer, OneDnn.Arguments> arguments;

    private final int workers;
    private final AtomicReferenceArray<Floats[]> scratches = new AtomicReferenceArray<>(SCRATCHES);

    WorkerTeam(int workers) {
        this.workers = workers;
        softmaxes = new PerWorker<>(workers, OneDnn.Unary::close);
        conversions = new PerWorker<>(workers, OneDnn.Unary::close);
        matrices = new PerWorker<>(workers, OneDnn.Memory::close);
        arguments = new PerWorker<>(workers, OneDnn.Arguments::close);
    }

    /** A worker's native memory for at least {@code size} floats; two slots never share it, nor do two workers. */
    Floats scratch(int worker, int slot, int size) {
        Floats[] all = scratches.get(slot);
        return (all == null || all[worker].length() < size ? grow(slot, size) : all)[worker];
    }

    private synchronized Floats[] grow(int slot, int size) {
        Floats[] all = scratches.get(slot);
        if (all == null || all[0].length() < size) {
            all = new Floats[workers];
            for (int worker = 0; worker < workers; worker++) {
                all[worker] = Floats.allocate(size);
            }
            scratches.set(slot, all);
        }
        return all;
    }

    /** Frees what shapes of long ago left behind. No worker works meanwhile. */
    void trim() {
        softmaxes.trim();
        conversions.trim();
        matrices.trim();
    }

    /** Frees everything. No worker works any more. */
    @Override
    public void close() {
        softmaxes.clear();
        conversions.clear();
        matrices.clear();
        arguments.clear();
        for (int slot = 0; slot < SCRATCHES; slot++) {
            Floats[] all = scratches.getAndSet(slot, null);
            if (all != null) {
                Arrays.stream(all).forEach(Floats::free);
            }
        }
    }
}
