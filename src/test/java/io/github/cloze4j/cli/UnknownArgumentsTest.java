package io.github.cloze4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class UnknownArgumentsTest {
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z0-9-]*");

    private static String refusal(String arguments) {
        CliRun run = CliRun.of(arguments.split(" "));
        assertEquals(2, run.code(), run.err());
        assertEquals(1, run.errorLines().size(), run.err());
        return run.errorLines().get(0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "pretrain --num_train_epochs 3; Use --epochs",
                "pretrain --learning-rate 5e-5; Use --lr",
                "pretrain --learning_rate=5e-5; Use --lr",
                "pretrain --max-steps 100; Use --steps",
                "pretrain --train_file a.txt; Use --corpus",
                "pretrain --validation_file a.txt; Use --validation",
                "evaluate --validation_file a.txt; Use --corpus",
                "pretrain --per_device_train_batch_size 8; Use --batch-size",
                "pretrain --gradient_accumulation_steps 8; Use --accumulate",
                "pretrain --warmup_ratio 0.1; Use --warmup",
                "pretrain --warmup_steps 100; Use --warmup, a share",
                "pretrain --max_seq_length 128; Use --seq-len",
                "pretrain --mlm_probability 0.2; Use --mask-probability",
                "pretrain --model_name_or_path x; Use --from",
                "pretrain --model bert-base-uncased; Use --from",
                "evaluate --model_name_or_path x; Use --model",
                "pretrain --output_dir x; Use --output",
                "pretrain --do_train; Leave it out",
                "pretrain --fp16; Use --precision bf16",
                "pretrain --bf16; Use --precision bf16",
                "pretrain --save_steps 500; Use --save-every",
                "pretrain --save_total_limit 2; Use --keep",
                "pretrain --eval_steps 500; Use --eval-every",
                "pretrain --logging_steps 10; Leave it out",
                "pretrain --weight_decay 0.1; Use --weight-decay",
                "pretrain --adam_beta1 0.9; Use --beta1",
                "pretrain --adam_epsilon 1e-8; Use --epsilon",
                "pretrain --lr_scheduler_type linear; Use --schedule",
                "pretrain --line_by_line; Leave it out",
                "pretrain --num_hidden_layers 2; Use --layers",
                "pretrain --tokenizer_name x; Use --vocab",
                "pretrain --validation_split_percentage 5; Use --validation-fraction",
                "pretrain --preprocessing_num_workers 4; Use --threads",
                "pretrain --whole_word_mask; Use --masking whole-word",
                "pretrain --overwrite_output_dir; --output",
                "pretrain --resume_from_checkpoint x; Use --resume",
                "train-vocab --vocab_size 500; Use --size",
                "train-vocab --vocab-size 500; Use --size",
                "benchmark --size 500; Use --vocab-size",
                "pretrain corpus.txt; Write --corpus corpus.txt",
                "tokenize corpus.txt; Write --input corpus.txt",
                "export my-model; Write --model my-model",
                "import my-model; Write --from my-model",
                "pretrain --vocab-sise 5; Did you mean --vocab-size?",
                "pretrain --valid x; Did you mean --validation or --validation-fraction?",
                "pretrain --zebra; Leave it out",
                "pretrian; Did you mean pretrain?",
                "summarize; Commands: benchmark",
                "help; Use --help",
                "tokenize --model x; Use --vocab",
                "tokenize --vocab v --corpus a.txt; Use --input",
                "embed --model x --corpus a.txt; Use --input",
                "pretrain --resume my-run; Name the run's directory with --output",
                "pretrain --restart my-run; Name the run's directory with --output",
                "pretrain --restart=my-run; Leave the value out, and name the run's directory with --output",
            })
    void eachHasItsHint(String arguments, String hint) {
        String line = refusal(arguments);

        assertTrue(line.contains(". " + hint) || line.contains(" " + hint), line);
    }

    @Test
    void severalHaveAHintEach() {
        String line = refusal("pretrain --num_train_epochs 3 --learning_rate 5e-5 corpus.txt");

        assertTrue(line.contains("For --num_train_epochs: Use --epochs"), line);
        assertTrue(line.contains("For --learning_rate: Use --lr"), line);
    }

    @Test
    void optionsOfAnUnknownCommandAreNotDiscussed() {
        assertTrue(refusal("pretran --corpus a.txt").endsWith("Did you mean pretrain?"));
    }

    @Test
    void anEmptyPathIsRefused() {
        for (String[] arguments : List.of(
                new String[] {"pretrain", "--output="}, new String[] {"tokenize", "--vocab", "v", "--input", ""})) {
            CliRun run = CliRun.of(arguments);
            assertEquals(2, run.code(), run.err());
            assertTrue(run.err().contains("expected a path. Received: an empty one"), run.err());
        }
        CliRun corpus = CliRun.of("train-vocab", "--size=100", "--output=v.txt", "--corpus", "");
        assertEquals(1, corpus.code(), corpus.err());
        assertTrue(corpus.err().contains("an empty name"), corpus.err());
    }

    @Test
    void whatIsNotSimilarIsNotSuggested() {
        assertFalse(refusal("pretrain --epochz 3").contains("--epsilon"));
        assertEquals(List.of(), UnknownArguments.similar("--text", Stream.of("--seed", "--keep", "--lr")));
        assertEquals(List.of("--seed"), UnknownArguments.similar("--sede", Stream.of("--seed", "--keep")));
        assertEquals(1, UnknownArguments.distance("sede", "seed"));
        assertEquals(3, UnknownArguments.distance("kitten", "sitting"));
    }

    /** Otherwise advice could name what no command has. */
    @Test
    void everyOptionThatTheTableNamesExists() {
        Map<String, CommandLine> commands = Main.commandLine(
                        new Main(new GracefulStop(System.err), System.out, System.err, List.of()))
                .getSubcommands();
        HuggingFaceWords.TABLE.lines().forEach(line -> OPTION.matcher(line.substring(line.indexOf(':')))
                .results()
                .map(MatchResult::group)
                .forEach(option -> assertTrue(
                        commands.values().stream()
                                .anyMatch(command -> command.getCommandSpec().findOption(option) != null),
                        line)));
    }
}
