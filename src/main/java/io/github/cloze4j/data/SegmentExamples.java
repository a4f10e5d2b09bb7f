package io.github.cloze4j.data;

import java.util.List;

/** Each segment of a document is an example. */
final class SegmentExamples implements ExampleSource {
    static final int WINDOW = 4096;

    private final SegmentIndex segments;

    /** @param segmentTokens tokens of the longest segment */
    SegmentExamples(TokenDocuments documents, int segmentTokens) {
        segments = new SegmentIndex(documents, segmentTokens);
    }

    Segment find(long unit) {
        return segments.find(unit);
    }

    @Override
    public long units() {
        return segments.count();
    }

    @Override
    public int unitsOfAWindow() {
        return WINDOW;
    }

    @Override
    public long mostExamplesOfAWindow() {
        return WINDOW;
    }

    @Override
    public void addTo(List<Example> examples, long epoch, long unit) {
        examples.add(Example.of(examples.size(), find(unit)));
    }
}
