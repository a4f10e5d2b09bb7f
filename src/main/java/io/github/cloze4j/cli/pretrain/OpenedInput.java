package io.github.cloze4j.cli.pretrain;

import io.github.cloze4j.cli.TokenWarnings;
import io.github.cloze4j.data.shards.TokenShards;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tokenizer and the documents of a run, opened. */
record OpenedInput(
        BertTokenizer tokenizer,
        TokenShards training,
        @Nullable TokenShards validation,
        double unknownShare,
        String description)
        implements AutoCloseable {
    /** For people: what it was trained on. */
    Map<String, String> describe() {
        Map<String, String> data = new LinkedHashMap<>();
        data.put("corpus", description);
        data.put("documents for training", Long.toString(training.count()));
        data.put("tokens for training", Long.toString(training.tokens()));
        if (validation != null) {
            data.put("documents held out", Long.toString(validation.count()));
            data.put("tokens held out", Long.toString(validation.tokens()));
        }
        data.put("unknown tokens", TokenWarnings.percent(unknownShare));
        data.put("vocabulary", tokenizer.vocabulary().size() + " tokens");
        data.put("SHA-256 of the vocabulary", training.tokenizer().vocabularySha256());
        return data;
    }

    @Override
    public void close() {
        training.close();
        if (validation != null) {
            validation.close();
        }
    }
}
