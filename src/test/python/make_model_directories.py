"""Writes src/test/resources/pretrained/directories: model directories in the forms that transformers saves, and what it computes.

    python src/test/python/make_model_directories.py src/test/resources/pretrained/directories

Made with torch 2.13 and transformers 5.18; run with transformers 4 (4.57) it makes the directories whose names end in -4 and leaves
the others alone. The Java test HuggingFaceDirectoriesTest compares Cloze4J with these numbers. Biases and LayerNorms stand away from 0
and 1, so that a missing or swapped one shows. Scores are computed in double precision from the weights as they are stored.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, BertForPreTraining, BertForSequenceClassification, BertModel

WORDS = """the a of to and in is was for on with cat dog sat ran mat house tree bird sang red green small big old king queen river sea
The Café café cafe Caf ##é é e 李 白 李白 . , ! ? ' - ##s ##ed ##ing un ##do ##able play eat MASK mask [ ] < >""".split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
OTHER = ["<pad>", "<unk>", "<cls>", "<sep>", "<mask>"]
ROLES = ["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"]
SIZE = 100
TEXTS = ["The # sat on the mat.", "a small Café #, and 李白 # the sea!"]


def vocabulary(special):
    # Special tokens at the front and, so that their ids are seen to be looked up, the mask at the end.
    tokens = special[:4] + WORDS
    return tokens + [f"[unused{number}]" for number in range(SIZE - len(tokens) - 1)] + special[4:]


def configuration(**changes):
    shape = dict(
        vocab_size=SIZE,
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=12,
        max_position_embeddings=24,
    )
    return BertConfig(**(shape | changes))


def build(kind, seed, **changes):
    torch.manual_seed(seed)
    model = kind(configuration(**changes)).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            if name.endswith("LayerNorm.weight"):
                parameter.copy_(1 + 0.2 * noise)
            else:
                parameter.copy_((0.2 if name.endswith("bias") else 0.4) * noise)
    return model


def tokenizer_files(directory, special=SPECIAL, **settings):
    """vocab.txt and tokenizer_config.json, then all that transformers makes of them."""
    write_vocabulary(directory, special)
    config = dict(tokenizer_class="BertTokenizer", model_max_length=24, **settings)
    (directory / "tokenizer_config.json").write_text(json.dumps(config | dict(zip(ROLES, special))), encoding="utf-8")
    AutoTokenizer.from_pretrained(directory).save_pretrained(directory)


def write_vocabulary(directory, special=SPECIAL):
    (directory / "vocab.txt").write_text("\n".join(vocabulary(special)) + "\n", encoding="utf-8")


def remove(directory, *names):
    for name in names:
        (directory / name).unlink(missing_ok=True)


def rename(directory, change):
    path = directory / "model.safetensors"
    tensors = {change(name): tensor for name, tensor in load_file(path).items()}
    save_file(tensors, path, metadata={"format": "pt"})
    return tensors


def sharded(directory):
    build(BertForMaskedLM, 1, hidden_act="gelu_fast").save_pretrained(directory, max_shard_size="3KB")
    tokenizer_files(directory, do_lower_case=True)
    # As exports have it: the vocabulary stands in tokenizer.json only, nothing else says anything.
    remove(directory, "vocab.txt", "tokenizer_config.json", "special_tokens_map.json")


def half(directory):
    build(BertForMaskedLM, 2, hidden_act="gelu_python").half().save_pretrained(directory)
    tokenizer_files(directory, do_lower_case=False, strip_accents=True)


def bfloat16(directory):
    build(BertForMaskedLM, 3, hidden_act="gelu_accurate", layer_norm_eps=1e-5).to(torch.bfloat16).save_pretrained(directory)
    tokenizer_files(directory, special=OTHER, do_lower_case=False)
    remove(directory, "tokenizer.json")
    (directory / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    names = {role: dict(content=name, lstrip=False, normalized=False, rstrip=False, single_word=False) for role, name in zip(ROLES, OTHER)}
    names["unk_token"] = OTHER[1]
    (directory / "special_tokens_map.json").write_text(json.dumps(names))


def encoder(directory):
    build(BertModel, 4, type_vocab_size=3).save_pretrained(directory)
    tokenizer_files(directory, do_lower_case=True, tokenize_chinese_chars=False)
    remove(directory, "vocab.txt")


def old_names(directory):
    """As of 2019: gamma and beta, the decoder stored, positions counted, further heads; a vocabulary and few settings."""
    build(BertForPreTraining, 5, num_attention_heads=12, hidden_size=12).save_pretrained(directory)
    tensors = rename(directory, lambda name: name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"))
    tensors["cls.predictions.decoder.weight"] = tensors["bert.embeddings.word_embeddings.weight"].clone()
    tensors["bert.embeddings.position_ids"] = torch.arange(24).unsqueeze(0)
    save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
    fields = dict(vocab_size=SIZE, hidden_size=12, num_hidden_layers=2, intermediate_size=12, max_position_embeddings=24)
    (directory / "config.json").write_text(json.dumps(fields | dict(model_type="bert")))
    write_vocabulary(directory)


def untied(directory):
    build(BertForMaskedLM, 6, tie_word_embeddings=False, hidden_act="gelu_pytorch_tanh").save_pretrained(directory)
    tokenizer_files(directory, do_lower_case=True, strip_accents=False)


def classifier(directory):
    build(BertForSequenceClassification, 7).save_pretrained(directory)
    tokenizer_files(directory, do_lower_case=True)


MAKERS = {4: {"untied-4": untied, "sharded-4": sharded, "classifier-4": classifier}}
MAKERS[5] = {
    "sharded": sharded,
    "half": half,
    "bfloat16": bfloat16,
    "encoder": encoder,
    "old-names": old_names,
    "untied": untied,
}


def expectation(directory):
    tokenizer = AutoTokenizer.from_pretrained(directory)
    architecture = json.loads((directory / "config.json").read_text()).get("architectures", ["BertForMaskedLM"])[0]
    head = architecture not in ("BertModel", "BertForSequenceClassification")
    kind = BertForMaskedLM if head else BertModel
    model = kind.from_pretrained(directory, attn_implementation="eager", dtype=torch.float32).double().eval()
    answers = []
    for text in TEXTS:
        text = text.replace("#", tokenizer.mask_token)
        inputs = tokenizer(text, return_tensors="pt")
        with torch.no_grad():
            output = model(**inputs)
        numbers = output.logits[0, inputs["input_ids"][0] == tokenizer.mask_token_id] if head else output.last_hidden_state[0]
        answers.append(dict(text=text, ids=inputs["input_ids"][0].tolist(), numbers=numbers.tolist()))
    return dict(head=head, answers=answers)


def main():
    root = Path(sys.argv[1])
    major = int(transformers.__version__.split(".")[0])
    torch.set_num_threads(1)
    for name, maker in MAKERS[major].items():
        directory = root / name
        directory.mkdir(parents=True, exist_ok=True)
        remove(directory, *(path.name for path in directory.iterdir()))
        maker(directory)
        expected = expectation(directory)
        (directory / "expected.json").write_text(json.dumps(expected) + "\n", encoding="utf-8")
        for path in directory.iterdir():
            path.chmod(0o644)
        print(name, sorted((path.name, path.stat().st_size) for path in directory.iterdir()))
    if major == 5:
        (root / "defaults.json").write_text(json.dumps(BertConfig().to_dict(), indent=2) + "\n")


if __name__ == "__main__":
    main()
