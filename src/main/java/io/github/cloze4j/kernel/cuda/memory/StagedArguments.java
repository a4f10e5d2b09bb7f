package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.Dropout;
import io.github.cloze4j.kernel.DropoutMask;
import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import io.github.cloze4j.kernel.cuda.driver.LaunchGeometry;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What operations bring along from the host: indices, labels, keys of dropout, the numbers of a step of AdamW. They are laid
 * one behind the other on pages, and copied at once, or all of a piece together before it runs.
 *
 * <p>A page that is full comes to be written again after at least two others, when the device has passed what was asked for
 * before it was left: so the host seldom waits, and never overwrites what has yet to be copied.
 */
public final class StagedArguments {
    private static final int PAGE_BYTES = 1 << 22;
    private static final int RESTING_PAGES = 2;

    private final CudaDriver driver;
    private final Deque<LockedPage> resting = new ArrayDeque<>();
    /** Full, and still of the operation or the piece at hand. */
    private final List<LockedPage> left = new ArrayList<>();

    private @Nullable LockedPage current;
    private boolean inPiece;
    private boolean later;
    private int pieceBytes;
    private int mostOfAPiece;

    StagedArguments(CudaDriver driver) {
        this.driver = driver;
    }

    /** Before the first argument of an operation: those of the last are no longer needed, but in a piece. */
    void begin() {
        if (!inPiece) {
            for (LockedPage page : left) {
                page.mark();
                resting.add(page);
            }
            left.clear();
        }
    }

    /**
     * All operations up to {@link #endPiece} belong together.
     *
     * @param atItsEnd whether they run after it, and their arguments are to be copied there
     */
    void beginPiece(boolean atItsEnd) {
        begin();
        pieceBytes = 0;
        if (current == null || current.room() < mostOfAPiece) {
            turn(mostOfAPiece);
        }
        inPiece = true;
        later = atItsEnd;
    }

    /** Queues the copies that were put off; the operations that use them may follow. */
    void endPiece() {
        inPiece = false;
        later = false;
        mostOfAPiece = Math.max(mostOfAPiece, pieceBytes);
        left.forEach(LockedPage::upload);
        if (current != null) {
            current.upload();
        }
    }

    /** Where these numbers are on the device. */
    public long integers(int... values) {
        int bytes = Math.multiplyExact(values.length, Integer.BYTES);
        LockedPage page = pageFor(bytes);
        int place = page.take(bytes);
        page.host(place, bytes).asIntBuffer().put(values);
        return send(page, place);
    }

    /** The same of floats. */
    public long floats(float... values) {
        int bytes = Math.multiplyExact(values.length, Float.BYTES);
        LockedPage page = pageFor(bytes);
        int place = page.take(bytes);
        page.host(place, bytes).asFloatBuffer().put(values);
        return send(page, place);
    }

    /** The same of a double. */
    public long number(double value) {
        LockedPage page = pageFor(Double.BYTES);
        int place = page.take(Double.BYTES);
        ByteBuffer host = page.host(place, Double.BYTES);
        host.putDouble(0, value);
        return send(page, place);
    }

    /** A mask as kernels take it, or 0, the null pointer, where it keeps everything. */
    public long mask(Dropout dropout) {
        if (dropout.probability() == 0) {
            return 0;
        }
        DropoutMask mask = DropoutMask.of(dropout);
        return integers(mask.key(0), mask.key(1), mask.key(2), mask.threshold(), Float.floatToIntBits(mask.scale()));
    }

    /** What they take of device memory. */
    long bytes() {
        return Stream.concat(Stream.ofNullable(current), Stream.concat(left.stream(), resting.stream()))
                .mapToLong(LockedPage::capacity)
                .sum();
    }

    /** Frees all; the queue is empty. */
    void clear() {
        left.forEach(LockedPage::close);
        left.clear();
        resting.forEach(LockedPage::close);
        resting.clear();
        if (current != null) {
            current.close();
        }
        current = null;
    }

    private long send(LockedPage page, int place) {
        if (!later) {
            page.upload();
        }
        return page.deviceAddress(place);
    }

    private LockedPage pageFor(int bytes) {
        pieceBytes += (int) LaunchGeometry.ceilDivide(bytes, LockedPage.LINE_BYTES) * LockedPage.LINE_BYTES;
        LockedPage page = current;
        return page != null && page.room() >= bytes ? page : turn(bytes);
    }

    private LockedPage turn(int bytes) {
        LockedPage next = nextPage(bytes);
        if (current != null) {
            left.add(current);
        }
        current = next;
        return next;
    }

    private LockedPage nextPage(int bytes) {
        if (resting.size() >= RESTING_PAGES) {
            // It leaves the queue when it can be used: this fails where a piece is written down.
            LockedPage oldest = resting.element();
            oldest.reuse();
            resting.remove();
            if (oldest.capacity() >= bytes) {
                return oldest;
            }
            oldest.close();
        }
        return new LockedPage(driver, Math.max(PAGE_BYTES, Math.addExact(bytes, mostOfAPiece)));
    }
}
