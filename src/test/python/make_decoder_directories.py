"""Writes src/test/resources/pretrained/decoders: models that see what is left of a token only, as transformers saves them.

    python src/test/python/make_decoder_directories.py src/test/resources/pretrained/decoders

Made with torch 2.13, transformers 5.18 and peft 0.21. The Java test DecoderDirectoriesTest compares Cloze4J with these numbers. Shapes, weights and
the tokenizer are those of make_model_directories.py. Numbers are computed in double precision: scores of all words, scores of the labels,
or hidden states, at some tokens of each text.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from make_model_directories import build, remove, tokenizer_files, write_vocabulary
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoTokenizer

TEXTS = ["The cat sat on the mat.", "a small Café, and 李白 by the sea!"]
NEXT_WORD = "next-word"
GENERATION = dict(do_sample=True, temperature=0.7, top_k=5, top_p=0.9, repetition_penalty=1.2, max_new_tokens=12, eos_token_id=3, bos_token_id=2)
PROMPTS = ["The cat", "a small"]
# An adapter of PEFT on next-word.
ADAPTER = "adapter"

# Class and changes of the configuration. transformers attends as is_decoder says, whatever the class is.
DIRECTORIES = {
    NEXT_WORD: ("BertLMHeadModel", dict(is_decoder=True)),
    "untied": ("BertLMHeadModel", dict(is_decoder=True, tie_word_embeddings=False)),
    "masked-class": ("BertForMaskedLM", dict(is_decoder=True)),
    "not-decoder": ("BertLMHeadModel", dict(is_decoder=False)),
    "encoder": ("BertModel", dict(is_decoder=True)),
    "tags": ("BertForTokenClassification", dict(is_decoder=True, num_labels=3)),
}


def numbers(model, ids, rows):
    with torch.no_grad():
        output = model(input_ids=torch.tensor([ids]))
    return (output.logits if "logits" in output else output.last_hidden_state)[0, rows]


def expectation(directory, architecture):
    kind = getattr(transformers, architecture)
    model = kind.from_pretrained(directory, attn_implementation="eager", dtype=torch.float32).double().eval()
    tokenizer = AutoTokenizer.from_pretrained(directory)
    answers = []
    for text in TEXTS:
        ids = tokenizer(text)["input_ids"]
        rows = [0, len(ids) // 2, len(ids) - 1]
        answers.append(dict(text=text, ids=ids, rows=rows, numbers=numbers(model, ids, rows).tolist()))
    expected = dict(answers=answers)
    if (directory / "generation_config.json").exists() and model.config.is_decoder:
        expected["generated"] = []
        for prompt in PROMPTS:
            ids = torch.tensor([tokenizer(prompt)["input_ids"][:-1]])
            # Nothing else of generation_config.json, so that the ids are the likeliest.
            plain = dict(do_sample=False, temperature=None, top_k=None, top_p=None, repetition_penalty=None, eos_token_id=3, pad_token_id=0)
            for beams in (1, 3):
                model.generation_config = transformers.GenerationConfig(**plain, num_beams=beams, max_new_tokens=8)
                sequence = model.generate(ids, attention_mask=torch.ones_like(ids))[0]
                expected["generated"].append(dict(prompt=prompt, beams=beams, ids=sequence[ids.shape[1] :].tolist()))
    return expected


def base_of_adapter(base, dtype):
    return transformers.BertLMHeadModel.from_pretrained(base, attn_implementation="eager", dtype=dtype)


def adapter(base, directory):
    torch.manual_seed(30)
    model = get_peft_model(base_of_adapter(base, torch.float32), LoraConfig(r=2, lora_alpha=4, task_type="CAUSAL_LM"))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.copy_(0.4 * torch.randn(parameter.shape))
    model.peft_config["default"].base_model_name_or_path = base.name
    model.save_pretrained(directory)
    remove(directory, "README.md")
    model = PeftModel.from_pretrained(base_of_adapter(base, torch.float64), directory).double().eval()
    answers = json.loads((base / "expected.json").read_text())["answers"]
    return dict(answers=[answer | dict(numbers=numbers(model, answer["ids"], answer["rows"]).tolist()) for answer in answers])


def main():
    root = Path(sys.argv[1])
    torch.set_num_threads(1)
    for seed, (name, (architecture, changes)) in enumerate(DIRECTORIES.items()):
        directory = root / name
        directory.mkdir(parents=True, exist_ok=True)
        remove(directory, *(path.name for path in directory.iterdir()))
        model = build(getattr(transformers, architecture), 20 + seed, **changes)
        if name == NEXT_WORD:
            model.generation_config.update(**GENERATION)
            tokenizer_files(directory, do_lower_case=False)
        else:
            write_vocabulary(directory)
            (directory / "tokenizer_config.json").write_text('{"do_lower_case": false}\n', encoding="utf-8")
        model.save_pretrained(directory)
        (directory / "expected.json").write_text(json.dumps(expectation(directory, architecture)) + "\n", encoding="utf-8")
    (root / ADAPTER).mkdir(exist_ok=True)
    (root / ADAPTER / "expected.json").write_text(json.dumps(adapter(root / NEXT_WORD, root / ADAPTER)) + "\n", encoding="utf-8")
    for directory in root.iterdir():
        for path in directory.iterdir():
            path.chmod(0o644)
        print(directory.name, sorted((path.name, path.stat().st_size) for path in directory.iterdir()))


if __name__ == "__main__":
    main()
