package io.github.cloze4j.finetune;

import io.github.cloze4j.data.Targets;
import io.github.cloze4j.finetune.readers.Labels;
import io.github.cloze4j.finetune.readers.Span;
import io.github.cloze4j.finetune.readers.TaggedWords;
import io.github.cloze4j.inference.TextSpan;
import io.github.cloze4j.inference.TextWords;
import io.github.cloze4j.inference.WordEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Tagged sentences as examples, a window of a sentence each. The first piece of a word carries the word's tag, in the window in which
 * the piece has most context; other tokens carry none.
 *
 * @param examples the examples in the order of the sentences; windows without a first piece are left out
 * @param read the words of each sentence that tokens carry; sentences without are left out
 * @param counts how many sentences are read in windows
 * @param unreadWords words of which nothing remains when they are normalized: no token carries their tag
 */
record EncodedSentences(List<LabelledTokens> examples, List<ReadWords> read, LongTexts counts, int unreadWords) {
    static EncodedSentences of(WordEncoder encoder, Labels labels, List<TaggedWords> sentences) {
        List<LabelledTokens> examples = new ArrayList<>();
        int windowed = 0;
        int unread = 0;
        List<ReadWords> read = new ArrayList<>();
        for (TaggedWords sentence : sentences) {
            int[] tags = sentence.tags().stream()
                    .mapToInt(tag -> labels.id(tag, sentence.source()))
                    .toArray();
            TextWords input = input(sentence);
            WordEncoder.Words encoded = encoder.encode(input.text(), input.words());
            List<Integer> carried = new ArrayList<>();
            for (WordEncoder.Window window : encoded.windows()) {
                LabelledTokens example = example(window, tags);
                if (example.targets().count() > 0) {
                    examples.add(example);
                }
                window.pieces().stream()
                        .filter(WordEncoder.Piece::first)
                        .map(WordEncoder.Piece::word)
                        .forEach(carried::add);
            }
            if (!carried.isEmpty()) {
                read.add(new ReadWords(sentence, carried));
            }
            windowed += encoded.windows().size() > 1 ? 1 : 0;
            unread += tags.length - carried.size();
        }
        return new EncodedSentences(
                List.copyOf(examples), List.copyOf(read), new LongTexts(sentences.size(), 0, windowed), unread);
    }

    private static LabelledTokens example(WordEncoder.Window window, int[] tags) {
        List<WordEncoder.Piece> first =
                window.pieces().stream().filter(WordEncoder.Piece::first).toList();
        Targets targets = new Targets(
                first.stream().mapToInt(WordEncoder.Piece::row).toArray(),
                first.stream().mapToInt(piece -> tags[piece.word()]).toArray());
        return new LabelledTokens(List.of(window.tokens()), targets);
    }

    /** For people, such as {@code 3 of 90 texts are read in windows; 2 words have no token}; empty if all is read at once. */
    String remarks() {
        String unread = unreadWords == 0
                ? ""
                : unreadWords + " words have no token, such as control characters: they are neither learnt nor scored";
        return Stream.of(counts.toString(), unread)
                .filter(remark -> !remark.isEmpty())
                .collect(Collectors.joining("; "));
    }

    /** The words of a sentence, for a tagger. */
    static TextWords input(TaggedWords sentence) {
        return new TextWords(
                sentence.text(),
                sentence.words().stream().map(EncodedSentences::place).toList());
    }

    /** A span as rooms below know it. */
    static TextSpan place(Span span) {
        return new TextSpan(span.start(), span.end());
    }
}
