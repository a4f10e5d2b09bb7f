package io.github.cloze4j.architecture.bad.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;

/** Runs what a file says. */
public final class JavaDeserializer {
    public Object read(InputStream stream) throws IOException, ClassNotFoundException {
        return new ObjectInputStream(stream).readObject();
    }
}
