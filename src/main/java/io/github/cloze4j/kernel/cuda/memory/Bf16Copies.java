package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Copies of float arrays, rounded to bf16, for matrix products to read: so that what is multiplied often is rounded once,
 * best by the kernel that writes it.
 *
 * <p>The copies of a piece of device memory have its layout at half the distances, in memory of their own that is allocated
 * when the first of its arrays needs a copy. What is known of a copy belongs to addresses, not to arrays: the copy that
 * AdamW writes of all parameters serves a product with one of them, and a view of some rows of a matrix is as fresh as the
 * matrix.
 *
 * <p>What only products read is written in bf16 alone. If somebody asks for its floats after all, they are made from it then.
 *
 * <p>Whoever reads floats has to ask for them, by {@link #floats}; whoever writes them has to say so, by {@link #written},
 * {@link #writtenInstead} or {@link #stale}.
 */
public final class Bf16Copies {
    private final CudaDriver driver;
    private final NavigableMap<Long, Covered> covered = new TreeMap<>();

    /** Addresses of floats whose copies are what rounding them would give. */
    private AddressRanges fresh = new AddressRanges();

    /** Those of them whose floats were not written. */
    private AddressRanges copyOnly = new AddressRanges();

    Bf16Copies(CudaDriver driver) {
        this.driver = driver;
    }

    /** Memory that arrays lie in, and where their copies are: 0 before the first. */
    private record Covered(long start, long bytes, long copies) {
        boolean holds(long address, long length) {
            return address >= start && address + length * Float.BYTES <= start + bytes;
        }
    }

    /** What is known of all copies. */
    record Known(AddressRanges fresh, AddressRanges copyOnly) {}

    /** What is known now. */
    Known known() {
        return new Known(fresh.copy(), copyOnly.copy());
    }

    /** After operations that were asked for but did not run: knows again what was known before them. */
    void restore(Known before) {
        fresh = before.fresh().copy();
        copyOnly = before.copyOnly().copy();
    }

    /** From now on arrays in this memory may be asked for. */
    void cover(long start, long bytes) {
        forget(start, bytes);
        covered.put(start, new Covered(start, bytes, 0));
    }

    private void forget(long start, long bytes) {
        fresh.remove(start, start + bytes);
        copyOnly.remove(start, start + bytes);
    }

    /** Before that memory is freed: frees its copies, and knows nothing of whatever is allocated in its place. */
    void release(long start) {
        Covered memory = covered.get(start);
        if (memory != null) {
            // First what may be refused, as in a capture: then all is as it was.
            if (memory.copies() != 0) {
                driver.free(memory.copies());
            }
            covered.remove(start);
            forget(start, memory.bytes());
        }
    }

    /** The copy of {@code length} floats for a product to read; rounds them if nobody has since they were written. */
    public long operand(long address, long length) {
        long copy = place(address, length);
        if (!fresh.contains(address, end(address, length))) {
            floats(address, length);
            driver.launch("toBf16", LaunchGeometry.over(length), address, copy, length);
            fresh.add(address, end(address, length));
        }
        return copy;
    }

    /** Where a kernel that writes these floats has to write their copy. */
    public long written(long address, long length) {
        long copy = place(address, length);
        fresh.add(address, end(address, length));
        copyOnly.remove(address, end(address, length));
        return copy;
    }

    /** Where these numbers have to be written in bf16 by what does not write them as floats. */
    public long writtenInstead(long address, long length) {
        long copy = written(address, length);
        copyOnly.add(address, end(address, length));
        return copy;
    }

    /** These floats are written without a copy. */
    public void stale(long address, long length) {
        fresh.remove(address, end(address, length));
        copyOnly.remove(address, end(address, length));
    }

    /** The floats for whoever reads them, which is where they always are; makes them if only their copy was written. */
    public long floats(long address, long length) {
        for (AddressRanges.Range range : copyOnly.within(address, end(address, length))) {
            long count = (range.end() - range.start()) / Float.BYTES;
            driver.launch("toFloat", LaunchGeometry.over(count), place(range.start(), count), range.start(), count);
        }
        copyOnly.remove(address, end(address, length));
        return address;
    }

    /** Whether all of them are bf16 and nothing else. */
    public boolean isCopyOnly(long address, long length) {
        return length > 0 && copyOnly.contains(address, end(address, length));
    }

    /** The memory of a copy, for other bf16 numbers that live as long as these floats do. */
    public long room(long address, long length) {
        stale(address, length);
        return place(address, length);
    }

    /** What copies take of device memory. */
    long bytes() {
        return covered.values().stream()
                .filter(memory -> memory.copies() != 0)
                .mapToLong(memory -> memory.bytes() / 2)
                .sum();
    }

    private static long end(long address, long length) {
        return address + length * Float.BYTES;
    }

    private long place(long address, long length) {
        Map.@Nullable Entry<Long, Covered> found = covered.floorEntry(address);
        if (found == null || !found.getValue().holds(address, length)) {
            throw new IllegalArgumentException(
                    "Expected floats inside memory of an arena. Received: address " + address + ", length " + length);
        }
        Covered memory = found.getValue();
        if (memory.copies() == 0) {
            memory = new Covered(memory.start(), memory.bytes(), driver.allocate(memory.bytes() / 2));
            covered.put(memory.start(), memory);
        }
        return memory.copies() + (address - memory.start()) / 2;
    }
}
