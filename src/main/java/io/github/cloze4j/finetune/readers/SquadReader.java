package io.github.cloze4j.finetune.readers;

import io.github.cloze4j.CorpusException;
import io.github.cloze4j.corpus.records.SourceLine;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads questions from the JSON of SQuAD 1.1 and 2.0, which CMRC 2018 and DRCD have too.
 *
 * <p>A question with {@code "answers": []} is unanswerable, and so is one with {@code "is_impossible": true}. Offsets in the
 * file count code points. An answer that does not stand at its offset is moved to the nearest place of the context where its
 * text stands, counted and logged; an answer whose text is not in the context is an error.
 */
public final class SquadReader {
    private static final Logger LOG = LoggerFactory.getLogger(SquadReader.class);

    private final ReadOptions options;

    /** A reader with encoding and limits. */
    public SquadReader(ReadOptions options) {
        this.options = options;
    }

    /**
     * Reads questions, each of which must have the key {@code answers}.
     *
     * @return at least one question
     * @throws CorpusException if the file cannot be read or a question is wrong
     */
    public QuestionData answered(Path file) {
        return read(file, true);
    }

    /**
     * Reads questions that may lack the key {@code answers}: {@link Question#answers} is then empty, and {@link
     * Question#unanswerable} false.
     *
     * @return at least one question
     * @throws CorpusException if the file cannot be read or a question is wrong
     */
    public QuestionData questions(Path file) {
        return read(file, false);
    }

    private QuestionData read(Path file, boolean answersNeeded) {
        options.formatOf(file, "questions about texts", DataFormat.SQUAD);
        return RecordText.read(file, options, text -> {
            Questions questions = new Questions(text.name(), answersNeeded);
            try {
                StrictJson.readStream(text, parser -> {
                    SquadJson.read(parser, questions::add);
                    return questions;
                });
            } catch (IOException e) {
                throw new CorpusException(
                        text.name() + ": Expected the JSON of SQuAD. Received: " + e.getMessage()
                                + ". Correct the file, or name its format",
                        e);
            }
            return questions.data();
        });
    }

    /** Checks and collects the questions of a file. */
    private static final class Questions {
        private final String file;
        private final boolean answersNeeded;
        private final List<Question> questions = new ArrayList<>();
        private final Map<String, SourceLine> ids = new HashMap<>();
        private int moved;
        private @Nullable String firstMoved;

        Questions(String file, boolean answersNeeded) {
            this.file = file;
            this.answersNeeded = answersNeeded;
        }

        void add(@Nullable String context, SquadJson.RawQuestion raw) {
            SourceLine source = new SourceLine(file, raw.line);
            String id = required(raw.id, "an \"id\"", source);
            String question = required(raw.question, "a \"question\"", source);
            String text = required(context, "a \"context\" beside the questions", source);
            SourceLine earlier = ids.put(id, source);
            if (earlier != null) {
                throw source.problem(
                        "an id for each question",
                        "the id " + StrictJson.quoted(id) + " again, first in line " + earlier.line(),
                        "Give each question an id of its own");
            }
            if (raw.answers == null && answersNeeded) {
                throw source.problem(
                        "\"answers\" to question " + StrictJson.quoted(id),
                        "a question without them",
                        "Add the answers, or \"answers\": [] if the context holds none");
            }
            List<SquadJson.RawAnswer> answers = raw.answers == null ? List.of() : raw.answers;
            if (raw.impossible && !answers.isEmpty()) {
                throw source.problem(
                        "no answers to question " + StrictJson.quoted(id) + ", which \"is_impossible\"",
                        answers.size() + " of them",
                        "Remove the answers, or the mark");
            }
            boolean unanswerable = raw.impossible || (raw.answers != null && answers.isEmpty());
            List<Span> spans = new ArrayList<>();
            for (SquadJson.RawAnswer answer : answers) {
                spans.add(span(answer, text, id, source));
            }
            questions.add(new Question(id, question, text, spans, unanswerable, source));
        }

        private Span span(SquadJson.RawAnswer answer, String context, String id, SourceLine source) {
            String text = answer.text;
            Long offset = answer.start;
            if (text == null || text.isBlank() || offset == null) {
                throw source.problem(
                        "answers with a \"text\" and an \"answer_start\" to question " + StrictJson.quoted(id),
                        "an answer without " + (offset == null ? "an \"answer_start\"" : "a text"),
                        "Complete the answer");
            }
            int start = CodePointOffsets.toIndex(context, offset);
            if (start < 0 || !context.startsWith(text, start)) {
                start = nearest(context, text, start >= 0 ? start : offset < 0 ? 0 : context.length());
                if (start < 0) {
                    throw source.problem(
                            "the answer " + StrictJson.quoted(text) + " to question " + StrictJson.quoted(id)
                                    + " in its context, at " + offset,
                            "a context without that text",
                            "Copy the answer from the context, letter by letter");
                }
                moved++;
                firstMoved = firstMoved == null ? id + " in line " + source.line() : firstMoved;
            }
            return new Span(start, start + text.length());
        }

        /** The occurrence nearest to a place, the earlier of two; -1 if there is none. */
        private static int nearest(String context, String text, int place) {
            int before = context.lastIndexOf(text, place);
            int after = context.indexOf(text, place);
            if (before < 0 || after < 0) {
                return Math.max(before, after);
            }
            return place - before <= after - place ? before : after;
        }

        private static String required(@Nullable String value, String name, SourceLine source) {
            if (value == null || value.isBlank()) {
                throw source.problem(name, "none, or a blank one", "Add it");
            }
            return value;
        }

        QuestionData data() {
            if (questions.isEmpty()) {
                throw new CorpusException(
                        file + ": Expected at least one question. Received: none. Add questions, or name another file");
            }
            if (moved > 0) {
                LOG.warn(
                        "{}: {} answers were not at their offset and were moved to the nearest place of the context"
                                + " where their text stands; the first is of question {}",
                        file,
                        moved,
                        firstMoved);
            }
            return new QuestionData(questions, moved);
        }
    }
}
