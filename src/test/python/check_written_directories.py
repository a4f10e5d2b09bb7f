"""Checks that transformers loads what Cloze4J writes, and computes and tokenizes the same.

    mvn test -Dtest=HuggingFaceDirectoriesTest
    python src/test/python/check_written_directories.py target/written-model-directories src/test/resources/pretrained/directories [SEED]

The test reads each directory of the fixtures and writes it again. Fails on missing, unexpected or mismatched tensors, on any warning,
on scores that differ from the fixture's by more than 1e-5 of the largest, and on token ids that differ from those of the tokenizer of
the fixture. Run it with transformers 5 and with transformers 4.
"""

import json
import random
import sys
from pathlib import Path

import torch
import transformers
from check_model_directory import load
from transformers import AutoTokenizer

TOLERANCE = 1e-5
PARTS = "The CAFÉ café Café cafe Cafe\u0301 李白 李 sat . , ! MASK mask [ ] < > ' re 's \u0000 \u00a0 É play able undoable".split(" ") + [" "] * 12
TEXTS = 500


def scores(model, tokenizer, answer, head):
    inputs = tokenizer(answer["text"], return_tensors="pt")
    assert inputs["input_ids"][0].tolist() == answer["ids"], (inputs, answer)
    with torch.no_grad():
        if head:
            return model(**inputs).logits[0, inputs["input_ids"][0] == tokenizer.mask_token_id]
        return model.bert(**inputs).last_hidden_state[0]


def largest_difference(model, tokenizer, expected):
    largest = 0.0
    for answer in expected["answers"]:
        numbers = torch.tensor(answer["numbers"], dtype=torch.float64)
        received = scores(model, tokenizer, answer, expected["head"]).double()
        largest = max(largest, ((received - numbers).abs().max() / numbers.abs().max()).item())
    return largest


def main():
    written, fixtures = Path(sys.argv[1]), Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**31)
    print("transformers", transformers.__version__, "seed", seed)
    generator = random.Random(seed)
    names = sorted(path.name for path in fixtures.iterdir() if path.is_dir())
    assert names == sorted(path.name for path in written.iterdir()), "run the test first"
    for name in names:
        model, tokenizer = load(str(written / name))
        original = AutoTokenizer.from_pretrained(fixtures / name)
        parts = PARTS + original.all_special_tokens
        for _ in range(TEXTS):
            text = "".join(generator.choices(parts, k=generator.randrange(9)))
            assert tokenizer(text)["input_ids"] == original(text)["input_ids"], (name, text)
        tied = model.cls.predictions.decoder.weight is model.bert.embeddings.word_embeddings.weight
        assert tied == model.config.tie_word_embeddings
        difference = largest_difference(model, tokenizer, json.loads((fixtures / name / "expected.json").read_text()))
        print(f"{name}: no warning, no key missing or unexpected, {'tied' if tied else 'untied'}, {TEXTS} texts of equal ids, scores within {difference:.1e}")
        assert difference <= TOLERANCE


if __name__ == "__main__":
    main()
