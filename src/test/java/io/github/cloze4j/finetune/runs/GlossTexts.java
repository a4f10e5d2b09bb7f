package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.WordNet.Synset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Text for training on the next word: the definitions and the example sentences of WordNet, one a line. Equal lines are one, in one part. */
final class GlossTexts {
    private GlossTexts() {}

    static Map<Part, List<String>> build(List<Synset> synsets, long seed) {
        List<String> texts = synsets.stream()
                .flatMap(synset -> Stream.concat(Stream.of(synset.definition()), synset.examples().stream()))
                .distinct()
                .toList();
        return LeakFreeSplit.of(seed, texts, List::of);
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<Part, List<String>> parts = build(WordNet.synsets(), to.seed());
        DataFiles.writeLines(to.directory(), parts);
        System.out.print(Summary.ofLines(parts));
    }
}
