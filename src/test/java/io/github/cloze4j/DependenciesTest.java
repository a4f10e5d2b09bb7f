package io.github.cloze4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The dependencies that docs/dependencies.md offers to copy are those of the build. */
class DependenciesTest {
    private static final Pattern BLOCK =
            Pattern.compile("<!-- DependenciesTest.java -->\\s*```xml\\R(.*?)```", Pattern.DOTALL);
    /** oneDNN's POM asks for a release of OpenCL that is not published. */
    private static final String WITHOUT_ITS_OWN =
            "<exclusions><exclusion><groupId>org.bytedeco</groupId><artifactId>*</artifactId></exclusion></exclusions>";

    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([\\w.]+)}");

    @Test
    void theBlockToCopyHasTheVersionsOfTheBuild() throws IOException {
        String pom = Files.readString(Path.of("pom.xml"));
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("org.nd4j:nd4j-native", "nd4j.version");
        versions.put("org.bytedeco:javacpp", "javacpp.version");
        versions.put("org.bytedeco:openblas", "openblas.version");
        versions.put("org.bytedeco:dnnl", "dnnl.version");
        versions.put("org.bytedeco:opencl", "opencl.version");
        StringBuilder expected = new StringBuilder();
        versions.forEach((artifact, property) -> {
            String classes = "<groupId>" + artifact.replace(":", "</groupId><artifactId>") + "</artifactId><version>"
                    + property(pom, property) + "</version>";
            String end =
                    "<scope>runtime</scope>" + (artifact.endsWith(":dnnl") ? WITHOUT_ITS_OWN : "") + "</dependency>\n";
            // ND4J's types refer to those of JavaCPP, so that compilers need it.
            expected.append("<dependency>")
                    .append(classes)
                    .append(artifact.endsWith(":javacpp") ? "</dependency>\n" : end);
            expected.append("<dependency>")
                    .append(classes)
                    .append("<classifier>linux-x86_64</classifier>")
                    .append(end);
        });

        Matcher block = BLOCK.matcher(Files.readString(Path.of("docs/dependencies.md")));

        assertTrue(block.find(), "docs/dependencies.md has no block");
        assertEquals(expected.toString(), block.group(1).replace("\r", ""));
    }

    private static String property(String pom, String name) {
        Matcher value = Pattern.compile("<" + Pattern.quote(name) + ">(.*?)<").matcher(pom);
        assertTrue(value.find(), "pom.xml has no property " + name);
        return REFERENCE.matcher(value.group(1)).replaceAll(found -> property(pom, found.group(1)));
    }
}
