package io.github.cloze4j.finetune.readers;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.cloze4j.files.StrictJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses the JSON of SQuAD paragraph by paragraph, without checking what it says. Unknown keys are skipped. */
final class SquadJson {
    private SquadJson() {}

    /** A question with the keys that it has. */
    static final class RawQuestion {
        final long line;

        @Nullable
        String id;

        @Nullable
        String question;

        boolean impossible;

        @Nullable
        List<RawAnswer> answers;

        RawQuestion(long line) {
            this.line = line;
        }
    }

    /** An answer with the keys that it has. */
    static final class RawAnswer {
        @Nullable
        String text;

        @Nullable
        Long start;
    }

    /** Receives one question after the other. */
    @FunctionalInterface
    interface Receiver {
        void receive(@Nullable String context, RawQuestion question);
    }

    /** Reads the value of a key, at whose first token the parser stands. */
    @FunctionalInterface
    private interface FieldReader {
        void read(String key) throws IOException;
    }

    /** Reads an element of a list, at whose first token the parser stands. */
    @FunctionalInterface
    private interface ElementReader {
        void read() throws IOException;
    }

    /** Reads the file's object, at whose start the parser stands. */
    static void read(JsonParser parser, Receiver receiver) throws IOException {
        boolean[] found = {false};
        readFields(parser, key -> {
            if (key.equals("data")) {
                found[0] = true;
                readList(
                        parser,
                        () -> readFields(parser, inArticle -> {
                            if (inArticle.equals("paragraphs")) {
                                readList(parser, () -> readParagraph(parser, receiver));
                            } else {
                                parser.skipChildren();
                            }
                        }));
            } else {
                parser.skipChildren();
            }
        });
        if (!found[0]) {
            throw new IOException("an object without the key \"data\"");
        }
    }

    private static void readParagraph(JsonParser parser, Receiver receiver) throws IOException {
        // The context may stand after the questions.
        @Nullable String[] context = {null};
        List<RawQuestion> questions = new ArrayList<>();
        readFields(parser, key -> {
            switch (key) {
                case "context" -> context[0] = text(parser);
                case "qas" -> readList(parser, () -> questions.add(readQuestion(parser)));
                default -> parser.skipChildren();
            }
        });
        for (RawQuestion question : questions) {
            receiver.receive(context[0], question);
        }
    }

    private static RawQuestion readQuestion(JsonParser parser) throws IOException {
        RawQuestion question = new RawQuestion(parser.currentTokenLocation().getLineNr());
        readFields(parser, key -> {
            switch (key) {
                case "id" ->
                    question.id = parser.currentToken() == JsonToken.VALUE_NUMBER_INT ? parser.getText() : text(parser);
                case "question" -> question.question = text(parser);
                case "is_impossible" -> question.impossible = truth(parser);
                case "answers" -> {
                    List<RawAnswer> answers = new ArrayList<>();
                    readList(parser, () -> answers.add(readAnswer(parser)));
                    question.answers = answers;
                }
                default -> parser.skipChildren();
            }
        });
        return question;
    }

    private static RawAnswer readAnswer(JsonParser parser) throws IOException {
        RawAnswer answer = new RawAnswer();
        readFields(parser, key -> {
            switch (key) {
                case "text" -> answer.text = text(parser);
                case "answer_start" -> {
                    StrictJson.expect(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT);
                    answer.start = parser.getValueAsLong(Long.MAX_VALUE);
                }
                default -> parser.skipChildren();
            }
        });
        return answer;
    }

    private static void readFields(JsonParser parser, FieldReader field) throws IOException {
        StrictJson.expect(parser, parser.currentToken(), JsonToken.START_OBJECT);
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            field.read(key);
        }
    }

    private static void readList(JsonParser parser, ElementReader element) throws IOException {
        StrictJson.expect(parser, parser.currentToken(), JsonToken.START_ARRAY);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            element.read();
        }
    }

    private static String text(JsonParser parser) throws IOException {
        StrictJson.expect(parser, parser.currentToken(), JsonToken.VALUE_STRING);
        return parser.getText();
    }

    private static boolean truth(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.VALUE_TRUE) {
            StrictJson.expect(parser, parser.currentToken(), JsonToken.VALUE_FALSE);
        }
        return parser.currentToken() == JsonToken.VALUE_TRUE;
    }
}
