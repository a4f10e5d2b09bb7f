"""Checks that transformers loads the fine-tuned models that Cloze4J writes, and computes the same.

    mvn test -Dtest=HeadDirectoriesTest
    python src/test/python/check_written_heads.py target/written-head-directories src/test/resources/pretrained/heads

The test reads each directory of the fixtures and writes it again. Fails on missing, unexpected or mismatched tensors, on any warning,
on scores that differ from the fixture's by more than 1e-5 of the largest, and on labels, problem type or dropout that differ.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from check_model_directory import load
from make_head_directories import DIRECTORIES, kind, scores
from transformers import AutoConfig

TOLERANCE = 1e-5


def main():
    written, fixtures = Path(sys.argv[1]), Path(sys.argv[2])
    print("transformers", transformers.__version__)
    assert sorted(DIRECTORIES) == sorted(path.name for path in written.iterdir()), "run the test first"
    for name, (architecture, _) in DIRECTORIES.items():
        model, tokenizer = load(str(written / name), kind(architecture))
        theirs = AutoConfig.from_pretrained(fixtures / name)
        for field in ("architectures", "id2label", "label2id", "num_labels", "classifier_dropout"):
            assert getattr(model.config, field) == getattr(theirs, field), (name, field, getattr(model.config, field))
        # transformers decides it from the labels where the file does not name it.
        assert theirs.problem_type in (model.config.problem_type, None), (name, model.config.problem_type)
        largest = 0.0
        for answer in json.loads((fixtures / name / "expected.json").read_text())["answers"]:
            numbers = torch.tensor(answer["scores"], dtype=torch.float64)
            received = scores(model, answer).double()
            assert received.shape == numbers.shape, (name, received.shape, numbers.shape)
            largest = max(largest, ((received - numbers).abs().max() / numbers.abs().max()).item())
        print(f"{name}: {type(model).__name__}, no warning, no key missing or unexpected, scores within {largest:.1e}")
        assert largest <= TOLERANCE


if __name__ == "__main__":
    main()
