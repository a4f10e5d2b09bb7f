package io.github.cloze4j.monitor;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Encodes the few messages of TensorFlow's {@code event.proto} and {@code summary.proto} that a scalar needs, in the
 * protocol-buffer wire format.
 */
final class TensorBoardEvent {
    /** The version that lets TensorBoard act on the start of a session. */
    private static final String FILE_VERSION = "brain.Event:2";

    // Field numbers of the messages.
    private static final int EVENT_WALL_TIME = 1;
    private static final int EVENT_STEP = 2;
    private static final int EVENT_FILE_VERSION = 3;
    private static final int EVENT_SUMMARY = 5;
    private static final int EVENT_SESSION_LOG = 7;
    private static final int SUMMARY_VALUE = 1;
    private static final int VALUE_TAG = 1;
    private static final int VALUE_SIMPLE_VALUE = 2;
    private static final int SESSION_LOG_STATUS = 1;
    private static final int SESSION_LOG_START = 1;

    // Wire types.
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_32 = 5;
    private static final int WIRE_TYPE_BITS = 3;
    private static final int VARINT_BITS = 7;
    private static final int VARINT_MORE = 1 << VARINT_BITS;

    private final ByteArrayOutputStream event;
    private final ByteArrayOutputStream summary = new ByteArrayOutputStream();

    /**
     * Begins an event with scalars.
     *
     * @param wallTime seconds since 1970
     * @param step optimizer step, from 0
     */
    TensorBoardEvent(double wallTime, long step) {
        event = begin(wallTime, step);
    }

    /** The first event of every file. */
    static byte[] fileVersion(double wallTime) {
        ByteArrayOutputStream event = begin(wallTime, 0);
        writeBytes(event, EVENT_FILE_VERSION, FILE_VERSION.getBytes(StandardCharsets.UTF_8));
        return event.toByteArray();
    }

    /** Says that what earlier files hold from this step on did not happen. */
    static byte[] sessionStart(double wallTime, long firstStep) {
        ByteArrayOutputStream session = new ByteArrayOutputStream();
        writeTag(session, SESSION_LOG_STATUS, VARINT);
        writeVarint(session, SESSION_LOG_START);
        ByteArrayOutputStream event = begin(wallTime, firstStep);
        writeBytes(event, EVENT_SESSION_LOG, session.toByteArray());
        return event.toByteArray();
    }

    /** Adds a value; the format holds single precision. */
    TensorBoardEvent scalar(String tag, double value) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        writeBytes(message, VALUE_TAG, tag.getBytes(StandardCharsets.UTF_8));
        writeTag(message, VALUE_SIMPLE_VALUE, FIXED_32);
        message.writeBytes(littleEndian(Float.BYTES).putFloat((float) value).array());
        writeBytes(summary, SUMMARY_VALUE, message.toByteArray());
        return this;
    }

    byte[] toBytes() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(event.toByteArray());
        writeBytes(whole, EVENT_SUMMARY, summary.toByteArray());
        return whole.toByteArray();
    }

    private static ByteArrayOutputStream begin(double wallTime, long step) {
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        writeTag(event, EVENT_WALL_TIME, FIXED_64);
        event.writeBytes(littleEndian(Double.BYTES).putDouble(wallTime).array());
        // A field that has its default is left out.
        if (step != 0) {
            writeTag(event, EVENT_STEP, VARINT);
            writeVarint(event, step);
        }
        return event;
    }

    private static void writeBytes(ByteArrayOutputStream message, int field, byte[] bytes) {
        writeTag(message, field, LENGTH_DELIMITED);
        writeVarint(message, bytes.length);
        message.writeBytes(bytes);
    }

    private static void writeTag(ByteArrayOutputStream message, int field, int wireType) {
        writeVarint(message, ((long) field << WIRE_TYPE_BITS) | wireType);
    }

    private static void writeVarint(ByteArrayOutputStream message, long value) {
        long rest = value;
        while ((rest & -VARINT_MORE) != 0) {
            message.write((int) (rest & (VARINT_MORE - 1)) | VARINT_MORE);
            rest >>>= VARINT_BITS;
        }
        message.write((int) rest);
    }

    private static ByteBuffer littleEndian(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
