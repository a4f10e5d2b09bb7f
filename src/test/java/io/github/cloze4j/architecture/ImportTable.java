package io.github.cloze4j.architecture;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Which room may import which: the table of {@code docs/architecture.md}. A room is a package right under the root; each
 * package below {@code kernel} is a room of its own. Every room may import the root package, which holds the exceptions.
 */
final class ImportTable {
    /** Rooms that the table knows and the code does not have yet. */
    static final Set<String> TO_COME = Set.of();

    private static final Map<String, Set<String>> ALLOWED = new LinkedHashMap<>();

    static {
        allow("");
        allow("files");
        allow("random");
        allow("corpus", "files");
        allow("tokenizer", "files");
        allow("tensors", "files");
        allow("checkpoint", "files", "tensors");
        allow("kernel", "random");
        allow("kernel.nd4j", "kernel");
        allow("kernel.cpu", "kernel");
        allow("kernel.cuda.driver", "kernel");
        allow("kernel.cuda.memory", "kernel", "kernel.cuda.driver");
        allow("kernel.cuda", "kernel", "kernel.cuda.driver", "kernel.cuda.memory");
        allow("data", "files", "tokenizer", "corpus", "random", "kernel");
        allow("nn", "kernel");
        allow("model", "nn", "kernel", "data", "random");
        allow("optim", "nn", "kernel");
        allow("pretrained", "files", "tensors", "model", "nn", "kernel", "tokenizer");
        allow("inference", "files", "model", "nn", "tokenizer", "data", "kernel", "random");
        allow("train", "tensors", "checkpoint", "data", "kernel", "nn", "model", "optim");
        allow("pretrain", "tokenizer", "data", "kernel", "nn", "model", "train");
        allow(
                "finetune",
                "files",
                "corpus",
                "random",
                "tokenizer",
                "data",
                "kernel",
                "nn",
                "model",
                "train",
                "inference");
        allow("monitor", "files", "train");
        allow("testing", "tokenizer", "random", "data", "kernel", "nn", "model", "train", "pretrain");
        allow(
                "cli",
                "files",
                "tokenizer",
                "corpus",
                "random",
                "checkpoint",
                "data",
                "kernel",
                "nn",
                "model",
                "optim",
                "pretrained",
                "inference",
                "train",
                "pretrain",
                "finetune",
                "monitor");
    }

    private ImportTable() {}

    /** Every room, those that others import first; the root package is the empty name. */
    static Set<String> rooms() {
        return ALLOWED.keySet();
    }

    /** Whether a class of one room may name a class of another. */
    static boolean allows(String from, String to) {
        return to.isEmpty() || from.equals(to) || imports(from).contains(to);
    }

    /** What a room may import beside itself and the root; nothing where the table does not know it. */
    static Set<String> imports(String room) {
        return ALLOWED.getOrDefault(room, Set.of());
    }

    private static void allow(String room, String... imports) {
        ALLOWED.put(room, Set.of(imports));
    }
}
