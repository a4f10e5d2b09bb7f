package io.github.cloze4j.data;

import io.github.cloze4j.random.RandomStream;
import java.util.List;

/**
 * For prefix language modelling: each segment of a document is cut into a source and the target that follows it, at the end of a
 * sentence drawn at random or, in a segment of a single sentence, behind any token. A segment of one token stays whole, and has
 * no target.
 */
final class PrefixExamples implements ExampleSource {
    private static final long CUTS = 0x50524546;

    private final TokenDocuments documents;
    private final SegmentExamples segments;
    private final long seed;

    PrefixExamples(TokenDocuments documents, SegmentExamples segments, long seed) {
        this.documents = documents;
        this.segments = segments;
        this.seed = seed;
    }

    @Override
    public long units() {
        return segments.units();
    }

    @Override
    public int unitsOfAWindow() {
        return segments.unitsOfAWindow();
    }

    @Override
    public long mostExamplesOfAWindow() {
        return segments.mostExamplesOfAWindow();
    }

    @Override
    public void addTo(List<Example> examples, long epoch, long unit) {
        Segment whole = segments.find(unit);
        if (whole.length() == 1) {
            examples.add(Example.of(examples.size(), whole));
            return;
        }
        int source = cut(whole, new RandomStream(seed, CUTS, epoch, unit));
        examples.add(new Example(
                examples.size(), whole.withoutLast(whole.length() - source), whole.withoutFirst(source), Example.NEXT));
    }

    /** The tokens of the source. */
    private int cut(Segment whole, RandomStream random) {
        Sentences begun = Sentences.beginningIn(documents, whole.withoutFirst(1));
        return begun.count() > 0
                ? begun.begin(random.nextInt(begun.count())) - whole.from()
                : 1 + random.nextInt(whole.length() - 1);
    }
}
