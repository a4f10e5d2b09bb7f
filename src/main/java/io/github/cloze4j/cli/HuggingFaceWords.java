package io.github.cloze4j.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The options of Hugging Face's {@code run_mlm.py} and {@code TrainingArguments}, and of Google's BERT, in our words. Both
 * spellings are known: {@code --num_train_epochs} and {@code --num-train-epochs}.
 */
final class HuggingFaceWords {
    private static final Pattern OUR_OPTION = Pattern.compile("--[a-z][a-z0-9-]*");

    /** Their names, a colon, and the advice. The advice holds for commands that have its first option, if it names one. */
    static final String TABLE = """
            num-train-epochs num-epochs n-epochs: Use --epochs
            max-steps num-train-steps train-steps total-steps num-steps iterations: Use --steps
            max-time timeout time: Use --time-limit
            learning-rate peak-lr: Use --lr
            train-file train-data-file train-data text-file corpus-file dataset data-file data-dir files: Use --corpus
            input-file text file: Use --corpus
            input-file text file: Use --input
            input: Use --corpus
            corpus: Use --input
            dataset-name dataset-config-name: Use --corpus with files of text; data sets of the Hugging Face hub are not downloaded
            validation-file eval-file eval-data-file dev-file test-file: Use --validation
            validation-file eval-file eval-data-file dev-file test-file: Use --corpus
            validation-split-percentage validation-split validation-share test-size: Use --validation-fraction, a share: 0.05 is 5 per cent
            model-name-or-path model-name init-checkpoint pretrained-model: Use --from with a directory
            model-name-or-path model-name init-checkpoint pretrained-model: Use --model with a directory
            model: Use --from with a directory
            model: Use --vocab with a vocab.txt
            from: Use --model with a directory
            config-name model-type config-overrides bert-config-file: Use --preset, or --layers, --hidden and --heads
            tokenizer-name tokenizer vocab-file vocabulary tokenizer-file: Use --vocab with a vocab.txt
            vocabulary-size vocab-size: Use --size
            vocabulary-size size: Use --vocab-size
            output-dir out-dir save-dir save-path out output-file: Use --output
            overwrite-output-dir: Use --restart, which begins the run in --output again
            overwrite-output-dir: Name a new directory with --output
            resume-from-checkpoint: Use --resume, and --output for the directory of the run
            do-train do-eval do-predict: Leave it out: the command says what is done
            do-lower-case do-lowercase lower-case lowercase uncased: Leave it out: text is put into lower case unless --cased is given
            per-device-train-batch-size per-gpu-train-batch-size train-batch-size batch micro-batch-size: Use --batch-size
            per-device-eval-batch-size per-gpu-eval-batch-size eval-batch-size predict-batch-size: Use --batch-size
            gradient-accumulation-steps accumulation-steps grad-accum: Use --accumulate
            warmup-ratio warmup-proportion: Use --warmup
            warmup-steps num-warmup-steps: Use --warmup, a share of the budget: 0.1 for 1000 of 10000 steps
            max-seq-length max-seq-len max-length max-len block-size sequence-length seq-length: Use --seq-len
            mlm-probability masked-lm-prob mask-prob mlm-prob masking-probability: Use --mask-probability
            max-predictions-per-seq: Use --mask-probability: a share of the tokens, not a number
            whole-word-mask do-whole-word-mask wwm: Use --masking whole-word
            nsp do-nsp next-sentence: Use --objective mlm-nsp
            clm causal causal-lm next-word: Use --objective clm
            fp16 half-precision-backend fp16-opt-level: Use --precision bf16 on a processor or GPU that has it; fp16 is not supported
            bf16: Use --precision bf16
            tf32: Use --precision tf32
            dtype torch-dtype: Use --precision
            no-cuda use-cpu cpu: Use --kernels cpu
            cuda gpu use-gpu: Use --kernels cuda
            device local-rank n-gpu gpus: Use --kernels
            save-steps save-strategy save-checkpoints-steps checkpoint-every: Use --save-every, a number of steps
            save-total-limit keep-checkpoints: Use --keep
            eval-steps eval-strategy evaluation-strategy evaluate-during-training: Use --eval-every, a number of steps
            logging-steps logging-dir logging-strategy logging-first-step report-to log-level: Leave it out: progress, training.jsonl, TensorBoard files and report.html are always written
            optim optimizer-name: Use --optimizer
            adam-beta1 adam-b1: Use --beta1
            adam-beta2 adam-b2: Use --beta2
            adam-epsilon adam-eps eps: Use --epsilon
            wd l2: Use --weight-decay
            max-grad-norm clip-norm grad-clip: Leave it out: gradients are clipped to the norm 1
            lr-scheduler-type lr-scheduler scheduler lr-schedule: Use --schedule
            data-seed random-seed: Use --seed
            line-by-line: Leave it out: each line is a document unless --blank-line-documents is given
            pad-to-max-length: Leave it out: documents are packed into rows without padding
            num-hidden-layers num-layers n-layers n-layer: Use --layers
            hidden-size n-embd d-model dim embedding-size: Use --hidden
            num-attention-heads num-heads n-heads n-head: Use --heads
            intermediate-size ffn-dim d-ff: Use --intermediate
            hidden-dropout-prob attention-probs-dropout-prob classifier-dropout dropout-prob: Use --dropout
            preprocessing-num-workers dataloader-num-workers num-workers workers n-jobs num-threads num-proc: Use --threads
            gradient-checkpointing: Use --recompute-activations
            max-train-samples max-eval-samples: Leave it out, and name a shorter text
            push-to-hub hub-model-id hub-token: Leave it out: nothing is uploaded
            cache-dir use-fast-tokenizer trust-remote-code model-revision use-auth-token token streaming low-cpu-mem-usage overwrite-cache: Leave it out: files are read in place, and no code of a model is run
            torch-compile deepspeed fsdp: Leave it out: there is one process, on one device
            k topk n-best: Use --top-k
            max-length max-len max-tokens num-tokens: Use --max-new-tokens, the prompt not counted
            min-length min-tokens: Use --min-new-tokens, the prompt not counted
            num-return-sequences num-samples n: Use --samples
            beams beam-size beam-width: Use --num-beams
            stop-strings stop-string stop-sequence stop-words: Use --stop
            prompt prompts: Leave it out: prompts are arguments, or lines of --input or of the standard input
            greedy: Leave it out: the likeliest token is taken unless an option for drawing is given
            pooling-mode pooling-strategy: Use --pooling
            normalize-embeddings: Use --normalize
            add-special-tokens: Leave it out: [CLS] and [SEP] are added unless --no-special-tokens is given
            min-freq minimum-frequency: Use --min-frequency
            limit-alphabet initial-alphabet special-tokens: Leave it out: the alphabet is that of the text
            opset: Leave it out: the file has opset 17
            onnx: Use --format onnx
            verbose quiet v: Leave it out: there is one amount of output, and --json for programs
            """;

    private HuggingFaceWords() {}

    /**
     * Our words for an option of theirs.
     *
     * @param option the option as the user wrote it, with hyphens or underscores, without a value
     * @param known whether the command has an option
     */
    static Optional<String> advice(String option, Predicate<String> known) {
        String name = normalized(option);
        if (known.test("--" + name)) {
            return Optional.of("Use --" + name);
        }
        return TABLE.lines()
                .filter(line -> (" " + line.substring(0, line.indexOf(':')) + " ").contains(" " + name + " "))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .filter(advice -> applies(advice, known))
                .findFirst();
    }

    private static boolean applies(String advice, Predicate<String> known) {
        Matcher ours = OUR_OPTION.matcher(advice);
        return !ours.find() || known.test(ours.group());
    }

    static String normalized(String option) {
        return option.replaceFirst("^-+", "").toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
