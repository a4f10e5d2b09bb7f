package io.github.cloze4j.cli;

import io.github.cloze4j.BackendException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.corpus.Corpus;
import io.github.cloze4j.kernel.KernelProviders;
import io.github.cloze4j.kernel.Kernels;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import picocli.CommandLine.Command;

/** Says what would run here, how fast, and what is missing. */
@Command(
        name = "doctor",
        description =
                "Show versions, backend, instruction set, threads, matrix-product peak and GPU, and what is missing.")
final class Doctor extends CliCommand {
    private final List<String> missing = new ArrayList<>();

    @Override
    public Map<String, @Nullable Object> run(Console console) throws IOException {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("versions", versions());
        backend(fields);
        fields.put("instruction_set", Machine.instructionSet());
        gpu(fields);
        quickstartCorpus();
        fields.put("missing", missing);
        return fields;
    }

    private static Map<String, String> versions() throws IOException {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("cloze4j", Main.Version.current());
        versions.put("java", System.getProperty("java.version") + " (" + System.getProperty("java.vendor") + ")");
        versions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        versions.put("nd4j", artifactVersion("org.nd4j", "nd4j-api"));
        versions.put("javacpp", artifactVersion("org.bytedeco", "javacpp"));
        return versions;
    }

    private static String artifactVersion(String group, String artifact) throws IOException {
        String path = "/META-INF/maven/" + group + "/" + artifact + "/pom.properties";
        try (InputStream stream = Doctor.class.getResourceAsStream(path)) {
            if (stream == null) {
                return "not on the class path";
            }
            Properties properties = new Properties();
            properties.load(stream);
            return properties.getProperty("version", "not recorded");
        }
    }

    private void backend(Map<String, @Nullable Object> fields) {
        try (Kernels kernels = KernelProviders.create(KernelProviders.AUTO, DataType.FLOAT)) {
            fields.put("backend", kernels.describe());
            fields.put("threads", Nd4j.getEnvironment().maxMasterThreads());
            fields.put("gemm_peak_gflops", GemmPeak.measure(kernels, DataType.FLOAT));
        } catch (BackendException cannotRun) {
            missing.add(Failures.oneLine(cannotRun));
            fields.put("backend", "none");
            fields.put("threads", Runtime.getRuntime().availableProcessors());
            fields.put("gemm_peak_gflops", 0.0);
        }
    }

    private void gpu(Map<String, @Nullable Object> fields) {
        Optional<String> gpus = Machine.gpus();
        fields.put("gpu", gpus.orElse("none that nvidia-smi reports"));
        try {
            fields.put("cuda", String.join("; ", KernelProviders.devices("cuda")));
        } catch (BackendException cannotRun) {
            fields.put("cuda", "none");
            if (gpus.isPresent()) {
                missing.add(Failures.oneLine(cannotRun));
            }
        }
    }

    private void quickstartCorpus() {
        try {
            Corpus.wordNetGlosses();
        } catch (Cloze4jException absent) {
            missing.add(Failures.oneLine(absent));
        }
    }
}
