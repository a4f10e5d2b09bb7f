"""Checks that transformers makes the same ids of two directories: a model's own, and what Cloze4J wrote after reading it.

    python src/test/python/check_written_tokenizers.py ORIGINAL WRITTEN [ORIGINAL WRITTEN ...]
"""

import random
import sys

import transformers
from transformers import AutoTokenizer

TEXTS = 500
PARTS = ["the", "fox", "Fox", " ", "  ", "!", "...", "É", "e\u0301", "中", "x", "ing", "\t", "\u00a0", "a" * 120]


def check(original, written):
    theirs, ours = AutoTokenizer.from_pretrained(original), AutoTokenizer.from_pretrained(written)
    assert theirs.get_vocab() == ours.get_vocab(), "ids of tokens"
    assert sorted(theirs.all_special_ids) == sorted(ours.all_special_ids), "special tokens"
    seed = random.randrange(2**32)
    draws = random.Random(seed)
    parts = PARTS + 2 * list(theirs.get_added_vocab())
    for _ in range(TEXTS):
        text = "".join(draws.choice(parts) for _ in range(draws.randrange(12)))
        assert theirs(text)["input_ids"] == ours(text)["input_ids"], f"{text!r}, seed {seed}"
    print(f"transformers {transformers.__version__}: {original} and {written} have {len(ours)} tokens and the same ids")


for pair in zip(sys.argv[1::2], sys.argv[2::2]):
    check(*pair)
