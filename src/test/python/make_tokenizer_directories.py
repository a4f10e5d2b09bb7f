"""Makes src/test/resources/tokenizer/directories.json: tokenizer files as people have them, and what transformers makes of them.

Each directory is made here, loaded with AutoTokenizer, and asked for the ids and offsets of some texts. Offsets count code
points.

    python src/test/python/make_tokenizer_directories.py > src/test/resources/tokenizer/directories.json
"""

import json
import sys
import tempfile
from pathlib import Path

import tokenizers
import transformers
from transformers import AutoTokenizer, BertTokenizer

transformers.logging.set_verbosity_error()

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
VOCABULARY = (
    SPECIAL
    + ["[unused1]", "[unused2]"]
    + ["the", "The", "fox", "Fox", "##es", "jump", "##ed", "##s", "over", "caf", "##e", "##é", "cafe", "café"]
    + ["e", "1", "##1", "a", "##a", "b", "##b", "un", "##u", ".", "!", "!!!", ",", "[", "]", "<", ">", "_", "-", "中", "文", "ا"]
    + ["new", "##new", "word", "##word", "x", "##x", "y", "##y", "##2", "ent", "##ity", "ity"]
)
TEXTS = [
    "The foxes jumped over the café.",
    "the [unused1] fox [E1]x [E2] y",
    "a  [E1]  b\t[E2]\u3000x",
    "new newx xnew New NEW word newword x_new new",
    "the [MASK] , [mask] [SEP] fox [PAD]",
    "  [MASK]  the",
    "中文 x中y ـ\u0627\u064b CAFÉ cafe\u0301",
    "!!! a!b a_b a-b <ent> <ENT> <ent>x",
    "a" * 150 + " b",
    "x\u0001y \ufeffx\ufffd the\u00a0fox\u0085a",
    "entity entité un\u0301u",
    "",
]
CONFIG = {
    "tokenizer_class": "BertTokenizer",
    "do_lower_case": True,
    **{name + "_token": f"[{name.upper()}]" for name in ["pad", "unk", "cls", "sep", "mask"]},
}
MODEL = {"architectures": ["BertForMaskedLM"], "model_type": "bert"}


def added(content, **flags):
    return {"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **flags}


def vocab(tokens=VOCABULARY):
    return "".join(token + "\n" for token in tokens)


def tokenizer_json(tokens=VOCABULARY, more=(), normalizer=None, pre_tokenizer=None, post_processor=None, **model):
    """What transformers saves, with changes."""
    with tempfile.TemporaryDirectory() as directory:
        BertTokenizer(vocab={token: id for id, token in enumerate(tokens)}).save_pretrained(directory)
        saved = json.loads((Path(directory) / "tokenizer.json").read_text())
    saved["added_tokens"] += more
    saved["model"].update(model)
    if normalizer is not None:
        saved["normalizer"] = normalizer
    if pre_tokenizer is not None:
        saved["pre_tokenizer"] = pre_tokenizer
    if post_processor is not None:
        saved["post_processor"] = post_processor
    return saved


def without_model_type(saved):
    del saved["model"]["type"]
    return saved


def bert_normalizer(**flags):
    return {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True, **flags}


def sequence(kind, *types):
    return {"type": "Sequence", kind: [t if isinstance(t, dict) else {"type": t} for t in types]}


N = len(VOCABULARY)
GENERIC = {**CONFIG, "tokenizer_class": "PreTrainedTokenizerFast"}
MARKERS = [added("[E1]", id=N), added("[E2]", id=N + 1)]
FLAGS = [
    added("[E1]", id=N, lstrip=True),
    added("[E2]", id=N + 1, rstrip=True),
    added("new", id=N + 2, special=False, normalized=True, single_word=True),
    added("<ent>", id=N + 3, special=False, normalized=True),
    added("un\u0301u", id=N + 4, special=False, normalized=True),
]
DECODER = {str(token["id"]): {k: v for k, v in token.items() if k != "id"} for token in FLAGS}
NAMES = {name + "_token": f"[{name.upper()}]" for name in ["pad", "unk", "cls", "sep", "mask"]}
DIRECTORIES = {
    "plain": {"vocab.txt": vocab(), "tokenizer_config.json": CONFIG},
    # Added tokens
    "special in the vocabulary": {
        "vocab.txt": vocab(),
        "tokenizer.json": tokenizer_json(more=[added("[unused1]", id=5)]),
        "tokenizer_config.json": {**CONFIG, "extra_special_tokens": ["[unused1]"]},
    },
    "special beyond the vocabulary, in tokenizer_config.json only": {
        "vocab.txt": vocab(),
        "tokenizer_config.json": {**CONFIG, "additional_special_tokens": ["[E1]", "[E2]"]},
    },
    "extra special tokens as an object": {
        "vocab.txt": vocab(),
        "tokenizer_config.json": {**CONFIG, "extra_special_tokens": {"marker_token": "[E1]"}},
    },
    "another role": {"vocab.txt": vocab(), "tokenizer_config.json": {**CONFIG, "bos_token": "[E1]", "entity_token": "<ent>"}},
    "added_tokens.json and special_tokens_map.json": {
        "vocab.txt": vocab(),
        "tokenizer_config.json": CONFIG,
        "added_tokens.json": {"new": N + 1, "[E1]": N},
        "special_tokens_map.json": {**NAMES, "additional_special_tokens": ["[E1]"]},
    },
    "added_tokens_decoder of transformers 4": {
        "vocab.txt": vocab(),
        "tokenizer_config.json": {**CONFIG, "added_tokens_decoder": DECODER, "additional_special_tokens": ["[E1]", "[E2]"]},
        "added_tokens.json": {token["content"]: token["id"] for token in FLAGS},
        "special_tokens_map.json": {**NAMES, "mask_token": "[nowhere]"},
    },
    "added_tokens of tokenizer.json": {"tokenizer.json": tokenizer_json(more=FLAGS), "tokenizer_config.json": CONFIG},
    "added_tokens of tokenizer.json, which decides": {"tokenizer.json": tokenizer_json(more=FLAGS), "tokenizer_config.json": GENERIC},
    "both, with other flags": {
        "tokenizer.json": tokenizer_json(more=MARKERS),
        "tokenizer_config.json": {**CONFIG, "added_tokens_decoder": DECODER},
    },
    "both, with other flags, where tokenizer.json decides": {
        "tokenizer.json": tokenizer_json(more=MARKERS),
        "tokenizer_config.json": {**GENERIC, "added_tokens_decoder": DECODER},
    },
    "ids that the library does not keep": {
        "tokenizer.json": tokenizer_json(more=[added("[E2]", id=N + 70), added("[E1]", id=N + 50)]),
        "tokenizer_config.json": CONFIG,
    },
    "ids that the library does not keep, where tokenizer.json decides": {
        "tokenizer.json": tokenizer_json(more=[added("[E2]", id=N + 70), added("[E1]", id=N + 50)]),
        "tokenizer_config.json": GENERIC,
    },
    "a mask that takes the blank before it": {
        "tokenizer.json": tokenizer_json(),
        "tokenizer_config.json": {**CONFIG, "mask_token": {"__type": "AddedToken", **added("[MASK]", lstrip=True)},
                                  "added_tokens_decoder": {"4": added("[MASK]", lstrip=True)}},
    },
    "no mask in the vocabulary": {"vocab.txt": vocab([t for t in VOCABULARY if t != "[MASK]"]), "tokenizer_config.json": CONFIG},
    # The vocabulary file
    "blank line at the end": {"vocab.txt": vocab() + "\n", "tokenizer_config.json": CONFIG},
    "blank lines inside": {"vocab.txt": vocab(VOCABULARY[:9] + [""] + VOCABULARY[9:20] + [""] + VOCABULARY[20:]), "tokenizer_config.json": CONFIG},
    "a token twice": {"vocab.txt": vocab(VOCABULARY + ["fox", "zzz"]), "tokenizer_config.json": CONFIG},
    "a token twice, and an added one": {
        "vocab.txt": vocab(VOCABULARY + ["fox", "zzz"]),
        "tokenizer_config.json": {**CONFIG, "additional_special_tokens": ["[E1]"]},
    },
    "trailing blanks": {"vocab.txt": vocab([t + " \t\u3000"[: i % 4] for i, t in enumerate(VOCABULARY)]), "tokenizer_config.json": CONFIG},
    "CR LF and no end": {"vocab.txt": "\r\n".join(VOCABULARY), "tokenizer_config.json": CONFIG},
    "gaps in the ids": {
        "tokenizer.json": tokenizer_json(vocab={t: i if i < 20 else i + 7 for i, t in enumerate(VOCABULARY)}),
        "tokenizer_config.json": CONFIG,
    },
    "vocab.txt that differs": {
        "vocab.txt": vocab(VOCABULARY[:20] + ["other"] + VOCABULARY[20:]),
        "tokenizer.json": tokenizer_json(),
        "tokenizer_config.json": CONFIG,
    },
    # Settings in other words
    **{
        cls: {"vocab.txt": vocab(), "tokenizer_config.json": {**CONFIG, "tokenizer_class": cls, "do_lower_case": False}}
        for cls in ["DistilBertTokenizerFast", "ElectraTokenizer", "MobileBertTokenizer", "LxmertTokenizerFast"]
    },
    **{
        cls: {"tokenizer.json": tokenizer_json(normalizer=bert_normalizer(lowercase=False)), "tokenizer_config.json": {**CONFIG, "tokenizer_class": cls}}
        for cls in ["ConvBertTokenizer", "SqueezeBertTokenizer", "TokenizersBackend"]
    },
    "words of up to 200 characters": {"tokenizer.json": tokenizer_json(max_input_chars_per_word=200), "tokenizer_config.json": GENERIC},
    "words of up to 200 characters, said to BERT's own class": {
        "tokenizer.json": tokenizer_json(max_input_chars_per_word=200), "tokenizer_config.json": CONFIG,
    },
    "text not cleaned": {"tokenizer.json": tokenizer_json(normalizer=bert_normalizer(clean_text=False)), "tokenizer_config.json": GENERIC},
    "ideographs in words": {"tokenizer.json": tokenizer_json(normalizer=bert_normalizer(handle_chinese_chars=False)), "tokenizer_config.json": GENERIC},
    "accents kept": {"tokenizer.json": tokenizer_json(normalizer=bert_normalizer(strip_accents=False)), "tokenizer_config.json": GENERIC},
    "NFD, Lowercase, StripAccents and Whitespace": {
        "tokenizer.json": tokenizer_json(
            normalizer=sequence("normalizers", "NFD", "Lowercase", "StripAccents"), pre_tokenizer={"type": "Whitespace"}, more=FLAGS),
        "tokenizer_config.json": GENERIC,
    },
    "sequences of one": {
        "tokenizer.json": tokenizer_json(
            normalizer=sequence("normalizers", bert_normalizer()), pre_tokenizer=sequence("pretokenizers", "BertPreTokenizer")),
        "tokenizer_config.json": GENERIC,
    },
    "white space and punctuation": {
        "tokenizer.json": tokenizer_json(
            normalizer={"type": "Lowercase"},
            pre_tokenizer=sequence("pretokenizers", "WhitespaceSplit", {"type": "Punctuation", "behavior": "Isolated"})),
        "tokenizer_config.json": GENERIC,
    },
    "words and punctuation": {
        "tokenizer.json": tokenizer_json(pre_tokenizer=sequence("pretokenizers", "Whitespace", {"type": "Punctuation", "behavior": "Isolated"})),
        "tokenizer_config.json": GENERIC,
    },
    "white space only": {"tokenizer.json": tokenizer_json(pre_tokenizer={"type": "WhitespaceSplit"}), "tokenizer_config.json": GENERIC},
    "a model without a type, as in 2020": {
        "tokenizer.json": without_model_type(tokenizer_json()), "tokenizer_config.json": {**CONFIG, "tokenizer_class": "DistilBertTokenizer"},
    },
    "BertProcessing": {
        "tokenizer.json": tokenizer_json(post_processor={"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}),
        "tokenizer_config.json": GENERIC,
    },
}


def answers(files):
    with tempfile.TemporaryDirectory() as directory:
        for name, content in files.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (Path(directory) / name).write_bytes(text.encode())
        (Path(directory) / "config.json").write_text(json.dumps(MODEL))
        tokenizer = AutoTokenizer.from_pretrained(directory)
    result = []
    for text in TEXTS:
        encoding = tokenizer(text, return_offsets_mapping=True)
        result.append({"ids": encoding["input_ids"], "offsets": [n for pair in encoding["offset_mapping"] for n in pair]})
    return {
        "size": max(tokenizer.get_vocab().values()) + 1,
        "special": sorted({id for id, token in tokenizer.added_tokens_decoder.items() if token.special} | set(tokenizer.all_special_ids)),
        "added": {token.content: id for id, token in tokenizer.added_tokens_decoder.items()},
        "encodings": result,
    }


def main():
    directories = []
    for name, files in DIRECTORIES.items():
        texts = {f: content if isinstance(content, str) else json.dumps(content, ensure_ascii=False) for f, content in files.items()}
        print(name, file=sys.stderr)
        directories.append({"name": name, "files": texts, **answers(files)})
    print(json.dumps(
        {
            "versions": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}",
            "texts": TEXTS,
            "directories": directories,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).replace('{"name"', '\n{"name"'))


main()
