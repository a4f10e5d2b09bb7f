package io.github.cloze4j.cli;

import io.github.cloze4j.inference.PseudoPerplexity;
import io.github.cloze4j.inference.PseudoPerplexity.Hiding;
import io.github.cloze4j.inference.PseudoPerplexity.Score;
import io.github.cloze4j.model.Bert;
import io.github.cloze4j.tokenizer.BertTokenizer;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks a model how well it expects texts. */
@Command(
        name = "pseudo-perplexity",
        description = {
            "Score each text by masking each of its tokens in turn (Salazar et al., 2020). A line for each text:"
                    + " pseudo-perplexity, pseudo-log-likelihood and tokens, separated by tabs.",
            "JSON: texts, a list of objects with text, pseudo_perplexity (none without tokens), pseudo_log_likelihood and"
                    + " tokens; and the last three of all texts together."
        })
final class PseudoPerplexityCommand extends TextCommand {
    @Option(
            names = "--rest-of-word",
            description = "With each token hide the rest of its word too (PLL-word-l2r; Kauf and Ivanova, 2023).")
    private boolean restOfWord;

    private Score total = new Score(0, 0);

    @Override
    public boolean dataOnOut() {
        return true;
    }

    @Override
    Map<String, @Nullable Object> run(Console console, Bert model, BertTokenizer tokenizer) throws IOException {
        Stopwatch stopwatch = new Stopwatch();
        Hiding hiding = restOfWord ? Hiding.REST_OF_WORD : Hiding.TOKEN;
        try (PseudoPerplexity scorer = new PseudoPerplexity(model, tokenizer, hiding)) {
            if (console.json()) {
                console.beginList("texts");
            }
            forEachBlock(console, block -> {
                List<Score> scores = scorer.score(block);
                for (int text = 0; text < block.size(); text++) {
                    write(block.get(text), scores.get(text), console);
                    total = total.plus(scores.get(text));
                }
                console.requireOpen();
            });
        }
        Map<String, @Nullable Object> fields = fields(total);
        fields.put("seconds", stopwatch.seconds());
        return fields;
    }

    private static void write(String text, Score score, Console console) throws IOException {
        if (console.json()) {
            Map<String, @Nullable Object> fields = new LinkedHashMap<>();
            fields.put("text", text);
            fields.putAll(fields(score));
            console.element(fields);
        } else {
            console.say(String.format(
                    Locale.ROOT, "%.4f\t%.4f\t%d", score.perplexity(), score.logLikelihood(), score.tokens()));
        }
    }

    private static Map<String, @Nullable Object> fields(Score score) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("pseudo_perplexity", score.tokens() == 0 ? null : score.perplexity());
        fields.put("pseudo_log_likelihood", score.logLikelihood());
        fields.put("tokens", score.tokens());
        return fields;
    }
}
