package io.github.cloze4j.checkpoint;

import io.github.cloze4j.CheckpointFormatException;
import io.github.cloze4j.Cloze4jException;
import io.github.cloze4j.files.AtomicFiles;
import io.github.cloze4j.files.BoundedFiles;
import io.github.cloze4j.files.DirectoryLock;
import io.github.cloze4j.files.DirectoryReplacement;
import io.github.cloze4j.files.FileProblem;
import io.github.cloze4j.files.FileTrees;
import io.github.cloze4j.files.StrictJson;
import io.github.cloze4j.tensors.NamedTensor;
import io.github.cloze4j.tensors.SafeTensors;
import io.github.cloze4j.tensors.SafeTensorsFile;
import io.github.cloze4j.tensors.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one training run: {@code directory/step-N/} with {@code training.safetensors}, {@code state.json}
 * and {@code manifest.json}. A crash at any moment leaves the former checkpoints readable. One process may save; any
 * number may call {@link #latest}, which changes nothing on disk. A second process, or a second store of the same directory,
 * that saves meanwhile is refused, naming the first.
 *
 * <p>Thread-safe. Saves and reads on an interrupted thread too, which stays interrupted.
 */
public final class CheckpointStore {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);
    private static final String TENSORS = "training.safetensors";
    private static final String STATE = "state.json";
    private static final List<String> FILES = List.of(TENSORS, STATE);
    // At most 18 digits, which always fit into a long.
    private static final Pattern STEP = Pattern.compile("step-(0|[1-9][0-9]{0,17})");

    private final Path directory;
    private final int keep;
    private @Nullable DirectoryLock held;

    /**
     * Uses a directory, which the first {@link #save} creates.
     *
     * @param keep how many of the newest checkpoints stay, at least 1
     */
    public CheckpointStore(Path directory, int keep) {
        if (keep < 1) {
            throw new IllegalArgumentException("Expected to keep at least 1 checkpoint. Received: " + keep
                    + ". Raise the number of checkpoints to keep");
        }
        this.directory = directory.toAbsolutePath();
        this.keep = keep;
    }

    /**
     * Takes the right to save until {@link #unlock}, so that nobody else saves between the checkpoints of a run. Without
     * this, each {@link #save} takes it for itself.
     *
     * @throws Cloze4jException if another run, process or store has it, or the directory cannot be written
     */
    public synchronized void lock() {
        if (held != null) {
            throw new Cloze4jException(
                    directory + ": Expected checkpoints of one run at a time. Received: a second run with"
                            + " the same CheckpointStore. Give each run a directory of its own");
        }
        held = DirectoryLock.acquire(directory);
    }

    /** Gives back what {@link #lock} took. */
    public synchronized void unlock() {
        if (held != null) {
            held.close();
            held = null;
        }
    }

    /**
     * Saves a checkpoint, replacing one of the same step, and removes those that are no longer kept. Checkpoints of
     * later steps, which training that went back has yet to reach again, are neither counted nor removed.
     *
     * @return the directory of the checkpoint
     * @throws Cloze4jException if it cannot be written; the former checkpoints are then as they were
     */
    public Path save(TrainingCheckpoint checkpoint) {
        return save(checkpoint.step(), checkpoint.state(), checkpoint.tensors());
    }

    /**
     * Saves a checkpoint as {@link #save(TrainingCheckpoint)} does, reading the tensors piece by piece. Takes {@value
     * TensorSource#PIECE_BYTES} bytes of direct memory, however large the model is.
     *
     * @param step the optimizer steps done
     * @param state what {@link TrainingCheckpoint#state} is then
     * @param tensors parameters and moments of the optimizer
     * @return the directory of the checkpoint
     * @throws Cloze4jException if it cannot be written; the former checkpoints are then as they were
     */
    public synchronized Path save(long step, Map<String, String> state, List<? extends TensorSource> tensors) {
        if (held != null) {
            held.requireInPlace();
            return saveLocked(step, state, tensors);
        }
        try (DirectoryLock lock = DirectoryLock.acquire(directory)) {
            lock.requireInPlace();
            return saveLocked(step, state, tensors);
        }
    }

    private Path saveLocked(long step, Map<String, String> state, List<? extends TensorSource> tensors) {
        try {
            cleanLeftovers();
            Path target = directory.resolve("step-" + step);
            try (DirectoryReplacement replacement = new DirectoryReplacement(target)) {
                fill(replacement.temporary(), step, state, tensors);
                replacement.commit();
            }
            prune(step);
            return target;
        } catch (IOException e) {
            throw new Cloze4jException(
                    directory + ": Expected to save the checkpoint of step " + step + ". Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
    }

    /**
     * The newest complete checkpoint, or nothing if no checkpoint was saved yet. Damaged ones are logged and skipped as long
     * as an older one is complete. Its tensors are mapped, not loaded.
     *
     * @throws CheckpointFormatException if there are checkpoints and all are damaged, naming each with its damage
     */
    public Optional<TrainingCheckpoint> latest() {
        List<String> damaged = new ArrayList<>();
        try {
            for (Map.Entry<Long, Path> candidate : candidates().descendingMap().entrySet()) {
                try {
                    return Optional.of(read(candidate.getValue(), candidate.getKey()));
                } catch (CheckpointFormatException e) {
                    LOG.warn("Skipping a damaged checkpoint: {}", e.getMessage());
                    damaged.add(e.getMessage());
                }
            }
        } catch (IOException e) {
            throw new CheckpointFormatException(
                    directory + ": Expected a directory of checkpoints. Received: "
                            + FileProblem.of(e).sentences(),
                    e);
        }
        if (!damaged.isEmpty()) {
            throw new CheckpointFormatException(
                    directory + ": Expected a complete checkpoint. Received: " + damaged.size() + " damaged ("
                            + String.join("; ", damaged) + "). Restore one from a copy, or begin the run again");
        }
        return Optional.empty();
    }

    private static void fill(Path temporary, long step, Map<String, String> state, List<? extends TensorSource> tensors)
            throws IOException {
        SafeTensors.write(temporary.resolve(TENSORS), tensors, Map.of("format", "cloze4j"));
        AtomicFiles.write(
                temporary.resolve(STATE),
                StrictJson.writeObject(true, generator -> StrictJson.writeStrings(generator, state)));
        CheckpointManifest.write(temporary, step, FILES);
    }

    private static TrainingCheckpoint read(Path path, long step) {
        try {
            CheckpointManifest.verify(path, step, FILES);
            Map<String, String> state = StrictJson.readObject(
                    ByteBuffer.wrap(Files.readAllBytes(path.resolve(STATE))), StrictJson::readStrings);
            try (SafeTensorsFile file = SafeTensors.open(path.resolve(TENSORS))) {
                List<NamedTensor> tensors =
                        file.names().stream().map(file::tensor).toList();
                return new TrainingCheckpoint(step, state, tensors);
            }
        } catch (IOException e) {
            throw new CheckpointFormatException(path + ": " + BoundedFiles.describe(e), e);
        }
    }

    /** What {@link #latest} may read: the checkpoints, and those whose replacement a crash prevented. */
    private NavigableMap<Long, Path> candidates() throws IOException {
        NavigableMap<Long, Path> candidates = new TreeMap<>();
        for (Path path : entries()) {
            if (DirectoryReplacement.isFormer(path)) {
                DirectoryReplacement.targetOf(path)
                        .flatMap(CheckpointStore::step)
                        .ifPresent(step -> candidates.put(step, path));
            }
        }
        candidates.putAll(steps());
        return candidates;
    }

    private NavigableMap<Long, Path> steps() throws IOException {
        NavigableMap<Long, Path> steps = new TreeMap<>();
        for (Path path : entries()) {
            step(path).ifPresent(step -> steps.put(step, path));
        }
        return steps;
    }

    /** The step of a checkpoint's directory, from its name. */
    private static Optional<Long> step(Path path) {
        Matcher matcher = STEP.matcher(path.getFileName().toString());
        return matcher.matches() ? Optional.of(Long.valueOf(matcher.group(1))) : Optional.empty();
    }

    private List<Path> entries() throws IOException {
        return Files.notExists(directory) ? List.of() : FileTrees.entries(directory);
    }

    /** Finishes or undoes what a crash interrupted. */
    private void cleanLeftovers() throws IOException {
        for (Path path : entries()) {
            DirectoryReplacement.targetOf(path)
                    .filter(target -> step(target).isPresent())
                    .ifPresent(DirectoryReplacement::deleteLeftovers);
        }
    }

    private void prune(long savedStep) throws IOException {
        NavigableMap<Long, Path> reached = steps().headMap(savedStep, true);
        while (reached.size() > keep) {
            DirectoryReplacement.delete(reached.pollFirstEntry().getValue());
        }
    }
}
