package io.github.cloze4j.data;

import java.util.List;

/** For masked language modelling alone: each segment of a document is an example. */
final class SegmentExamples implements ExampleSource {
    static final int WINDOW = 4096;

    private final SegmentIndex segments;

    SegmentExamples(TokenDocuments documents, int seqLen) {
        segments = new SegmentIndex(documents, seqLen - Example.ADDED_TO_A_TEXT);
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
        examples.add(Example.of(examples.size(), segments.find(unit)));
    }
}
