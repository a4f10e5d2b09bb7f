package io.github.cloze4j.finetune.runs;

import io.github.cloze4j.finetune.runs.DataFiles.LabelledText;
import io.github.cloze4j.finetune.runs.WordNet.Synset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Classification of definitions: the text is the definition of a WordNet synset without its examples, the class is the synset's
 * lexicographer file, such as {@code noun.animal}. Equal definitions are in one part; an equal one of the same class is left out.
 */
final class GlossClasses {
    private GlossClasses() {}

    static Map<Part, List<LabelledText>> build(List<Synset> synsets, long seed) {
        LinkedHashSet<LabelledText> texts = new LinkedHashSet<>();
        for (Synset synset : synsets) {
            texts.add(new LabelledText(synset.definition(), synset.lexicographerFile()));
        }
        return LeakFreeSplit.of(seed, List.copyOf(texts), text -> List.of(text.text()));
    }

    /** Writes the data set: {@code OUTPUT_DIRECTORY [SEED]}. */
    public static void main(String[] arguments) {
        BuilderArguments to = BuilderArguments.of(arguments);
        Map<Part, List<LabelledText>> parts = build(WordNet.synsets(), to.seed());
        DataFiles.writeCsv(to.directory(), parts);
        System.out.print(Summary.ofTexts(parts));
    }
}
