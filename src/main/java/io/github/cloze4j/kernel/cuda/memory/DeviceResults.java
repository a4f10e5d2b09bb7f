package io.github.cloze4j.kernel.cuda.memory;

import io.github.cloze4j.kernel.cuda.driver.CudaDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where kernels leave numbers for the host: two pages, one being filled while the other is on its way. All of a page come
 * together, before it is filled anew at the latest, so that a result can be read at any time after.
 */
public final class DeviceResults {
    private static final int PAGE_BYTES = 1 << 18;

    private final CudaDriver driver;
    private @Nullable Page filling;
    private @Nullable Page fetched;
    private int pieceBytes;
    private int mostOfAPiece;

    DeviceResults(CudaDriver driver) {
        this.driver = driver;
    }

    /** Results that come to the host together. */
    static final class Page {
        private final LockedPage memory;
        private final List<DeviceResult<?>> unread = new ArrayList<>();
        private boolean queued;

        Page(LockedPage memory) {
            this.memory = memory;
        }

        LockedPage memory() {
            return memory;
        }

        /** Queues the copy to the host. */
        private void fetch() {
            if (!queued && !memory.isEmpty()) {
                memory.download();
                queued = true;
            }
        }

        /** Waits for all of them; the page is free again. */
        void settle() {
            fetch();
            if (queued) {
                memory.reuse();
                unread.forEach(DeviceResult::take);
                unread.clear();
                queued = false;
            }
        }
    }

    /** Room for as many doubles, which hold anything. */
    public <T> DeviceResult<T> take(int count, Function<double[], T> meaning) {
        int bytes = count * Double.BYTES;
        pieceBytes += LockedPage.LINE_BYTES;
        Page page = filling;
        if (page == null || page.memory.room() < bytes) {
            page = turn(bytes);
        }
        DeviceResult<T> result = new DeviceResult<>(page, page.memory.take(bytes), count, meaning);
        page.unread.add(result);
        return result;
    }

    /** Results up to {@link #endPiece} come together. */
    void beginPiece() {
        pieceBytes = 0;
        if (filling == null || filling.memory.room() < mostOfAPiece) {
            turn(mostOfAPiece);
        }
    }

    /** Queues the copy of what the operations of the piece leave, which have been queued. */
    void endPiece() {
        mostOfAPiece = Math.max(mostOfAPiece, pieceBytes);
        turn(mostOfAPiece);
    }

    /** What both take of device memory. */
    long bytes() {
        return Stream.of(Optional.ofNullable(filling), Optional.ofNullable(fetched))
                .flatMap(Optional::stream)
                .mapToLong(page -> page.memory.capacity())
                .sum();
    }

    /** Frees all; the queue is empty. */
    void clear() {
        close(filling);
        close(fetched);
        filling = null;
        fetched = null;
    }

    private static void close(@Nullable Page page) {
        if (page != null) {
            page.settle();
            page.memory.close();
        }
    }

    /** Fetches the page at hand and goes on with the other one. */
    private Page turn(int bytes) {
        Page next = fetched;
        if (filling != null) {
            filling.fetch();
        }
        if (next != null) {
            next.settle();
            if (next.memory.capacity() < bytes) {
                next.memory.close();
                next = null;
            }
        }
        fetched = null;
        if (next == null) {
            next = new Page(new LockedPage(driver, Math.max(PAGE_BYTES, bytes)));
        }
        fetched = filling;
        filling = next;
        return next;
    }
}
