"""Writes src/test/resources/generation: what transformers' logits processors, greedy search and beam search do.

    python src/test/python/make_generation_fixture.py src/test/resources/pretrained/tiny-bert src/test/resources/generation

Made with torch 2.13 and transformers 5.18 on a CPU.

processors.json has settings, tokens and scores, and for each processor that transformers makes of the settings the distribution after
it. tiny-decoder is a BertLMHeadModel with random weights and the vocabulary of the first argument. searches.json has what its
generate() answers. The Java tests LogitsProcessorsTest and GeneratorGoldenTest compare Cloze4J with them.
"""

import json
import math
import random
import shutil
import sys
from pathlib import Path

import torch
import transformers
from transformers import BertConfig, BertLMHeadModel, GenerationConfig

END, UNKNOWN, NEVER = 3, 1, [0, 2, 4]
WORDS = 14
EQUAL = [1.0] * WORDS
# Probabilities that floats add up without an error: 1/2, 1/4, ... of the nine tokens that may be generated.
HALVES = [-math.inf] * 5 + [-k * math.log(2) for k in (1, 2, 3, 4, 5, 6, 7, 8, 8)]
TIES = [0, 0, 0, 0.5, 0, 2.0, 1.0, 1.0, 3.0, 1.0, 0.5, 0.5, -1.0, 1.0]


def processors(settings, sequence, prompt_length, model):
    config = GenerationConfig(**settings, suppress_tokens=NEVER, eos_token_id=END, pad_token_id=0, max_new_tokens=50)
    config._eos_token_tensor = torch.tensor([END])
    return model._get_logits_processor(config, input_ids_seq_length=prompt_length, device="cpu")


def processor_cases(model):
    draw = random.Random(5)
    cases = [
        (dict(do_sample=True, top_k=k), [5, 6], 1, TIES) for k in (1, 2, 3, 5, 9, 14, 40)
    ] + [
        (dict(do_sample=True, top_k=0, top_p=p), [5, 6], 1, HALVES) for p in (0.5, 0.75, 0.9, 0.25, 0.984375)
    ] + [
        (dict(do_sample=True, top_k=10, top_p=p), [5], 1, EQUAL) for p in (0.9, 0.7, 0.5, 0.1, 0.05)
    ] + [
        (dict(do_sample=True, top_k=0, top_p=p), [5], 1, EQUAL) for p in (0.9, 0.7, 0.5, 0.1)
    ] + [
        (dict(do_sample=True, top_k=0, min_p=p), [5, 6], 1, HALVES) for p in (0.5, 0.25, 0.3, 0.1, 1.0)
    ] + [
        (dict(repetition_penalty=1.5), [5, 6, 6, 7, 12, 8], 3, [s - 1 for s in TIES]),
        (dict(repetition_penalty=0.7, no_repeat_ngram_size=1), [5, 6, 6, 7, 12, 8], 3, TIES),
        (dict(no_repeat_ngram_size=2), [5, 6, 7, 5, 8, 5], 3, TIES),
        (dict(no_repeat_ngram_size=3), [5, 6, 7, 5, 6, 8, 5, 6], 5, TIES),
        (dict(no_repeat_ngram_size=3), [5, 6], 1, TIES),
        (dict(min_new_tokens=3), [5, 6, 7], 1, TIES),
        (dict(min_new_tokens=3), [5, 6, 7, 8], 1, TIES),
        (dict(bad_words_ids=[[6], [7, 8], [6, 7, 9], [9, 7, 9]]), [5, 6, 7], 1, TIES),
    ]
    for _ in range(12):
        length = draw.randint(2, 12)
        settings = dict(
            do_sample=True,
            temperature=draw.choice([0.5, 0.8, 1.0, 1.7]),
            top_k=draw.choice([0, 3, 6]),
            top_p=draw.choice([1.0, 0.9, 0.6]),
            min_p=draw.choice([None, 0.05, 0.3]),
            repetition_penalty=draw.choice([1.0, 1.3, 2.0]),
            no_repeat_ngram_size=draw.choice([0, 2, 3]),
            min_new_tokens=draw.choice([None, 4]),
            bad_words_ids=draw.choice([None, [[9]], [[5, 6], [11]]]),
        )
        scores = [round(draw.gauss(0, 2), 3) for _ in range(WORDS)]
        cases.append((settings, [draw.randint(5, WORDS - 1) for _ in range(length)], draw.randint(1, length), scores))
    for settings, ids, prompt_length, scores in cases:
        sequence, row, steps = torch.tensor([ids]), torch.tensor([scores]), []
        for processor in processors(settings, ids, prompt_length, model):
            row = processor(sequence, row)
            distribution = row.softmax(-1)[0].tolist()
            steps.append([type(processor).__name__, [round(p, 9) for p in distribution]])
        settings = {name: value for name, value in settings.items() if value is not None}
        finite = [None if s == -math.inf else s for s in scores]
        yield dict(settings=settings, ids=ids, prompt_length=prompt_length, scores=finite, steps=steps)


def tiny_decoder(source, directory):
    torch.manual_seed(11)
    config = BertConfig.from_pretrained(source)
    config.is_decoder, config.initializer_range, config.max_position_embeddings = True, 0.4, 48
    config.bos_token_id, config.eos_token_id, config.use_cache = 2, END, True
    model = BertLMHeadModel(config).eval()
    with torch.no_grad():
        model.cls.predictions.bias.normal_(0, 0.5)
        model.cls.predictions.bias[END] += 1.5
    model.save_pretrained(directory)
    for name in ("vocab.txt", "tokenizer_config.json", "tokenizer.json"):
        shutil.copy(Path(source) / name, directory)
    return BertLMHeadModel.from_pretrained(directory, attn_implementation="eager").eval()


def searches(model, words):
    prompts = [[2], [2, 5, 17], [2, 25, 30, 5, 6, 33]]
    greedy = [dict(), dict(min_new_tokens=6), dict(repetition_penalty=1.4), dict(no_repeat_ngram_size=2), dict(bad_words_ids=[[20], [30, 31]])]
    beams = []
    for count in (2, 4):
        for penalty in (0.5, 1.0, 2.0):
            beams.append(dict(num_beams=count, length_penalty=penalty))
        for early in (True, "never"):
            beams.append(dict(num_beams=count, early_stopping=early))
    beams += [
        dict(num_beams=4, no_repeat_ngram_size=2),
        dict(num_beams=4, min_new_tokens=5),
        dict(num_beams=3, repetition_penalty=1.3),
        dict(num_beams=4, length_penalty=0.0, early_stopping="never"),
        dict(num_beams=4, length_penalty=-1.0),
        dict(num_beams=5, length_penalty=2.0, no_repeat_ngram_size=1, min_new_tokens=3),
    ]
    never = NEVER + [UNKNOWN] + list(range(words, model.config.vocab_size))
    for settings in greedy + beams:
        for prompt in prompts:
            for most in (3, 12):
                if settings.get("min_new_tokens", 0) > most:
                    continue
                count = settings.get("num_beams", 1)
                out = model.generate(
                    torch.tensor([prompt]),
                    generation_config=GenerationConfig(
                        **settings,
                        max_new_tokens=most,
                        num_return_sequences=count,
                        suppress_tokens=never,
                        eos_token_id=END,
                        pad_token_id=0,
                        output_scores=True,
                        return_dict_in_generate=True,
                    ),
                )
                answers = []
                for row in range(count):
                    ids = out.sequences[row, len(prompt) :].tolist()
                    ended = END in ids
                    ids = ids[: ids.index(END)] if ended else [i for i in ids if i != 0]
                    answers.append(dict(ids=ids, ended=ended, score=out.sequences_scores[row].item() if count > 1 else None))
                yield dict(settings=dict(settings, max_new_tokens=most), prompt=prompt, answers=answers)


def write(path, cases):
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n", encoding="utf-8")


def main():
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    model = tiny_decoder(source, target / "tiny-decoder")
    words = len((source / "vocab.txt").read_text(encoding="utf-8").splitlines())
    write(target / "processors.json", processor_cases(model))
    write(target / "searches.json", searches(model, words))


if __name__ == "__main__":
    main()
