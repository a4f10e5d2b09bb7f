"""Writes src/test/resources/pretrained/next-sentence.json: what transformers' BertForPreTraining says of pairs of texts.

    python src/test/python/make_next_sentence_fixture.py src/test/resources/pretrained

Made with torch 2.13 and transformers 5.18. The Java test StoredNextSentenceHeadTest compares Cloze4J with these numbers. Two models that
other scripts made: directories/old-names as transformers loads it, and google-bert with the numbers that TensorFlow read of it, under
the names that transformers gives them, divided by 64: they are so large that the pooler would say 1 and -1 of any text. Scores are
computed in double precision.
"""

import json
import re
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertForPreTraining

PAIRS = [([2, 5, 7, 3], [6, 3]), ([2, 9, 3], [4, 8, 3]), ([2, 6, 10, 3], [11, 3])]
DIVISOR = 64
RENAMED = [
    (r"/layer_(\d+)/", r"/layer/\1/"),
    (r"_embeddings$", "_embeddings/weight"),
    (r"/(kernel|gamma|output_weights)$", "/weight"),
    (r"/(beta|output_bias)$", "/bias"),
]


def hugging_face_name(name):
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name.replace("/", ".")


def google_model(directory):
    model = BertForPreTraining(BertConfig(**json.loads((directory / "bert_config.json").read_text())))
    parameters = dict(model.named_parameters())
    numbers = json.loads((directory / "numbers.json").read_text())
    assert {hugging_face_name(name) for name in numbers} == set(parameters)
    with torch.no_grad():
        for name, values in numbers.items():
            parameter = parameters[hugging_face_name(name)]
            # TensorFlow's dense layers multiply from the right.
            shape = parameter.shape[::-1] if name.endswith("kernel") else parameter.shape
            values = torch.tensor(values).reshape(shape)
            parameter.copy_((values.T if name.endswith("kernel") else values) / DIVISOR)
    return model


def scores(model):
    model = model.double().eval()
    answers = []
    for first, second in PAIRS:
        types = [0] * len(first) + [1] * len(second)
        with torch.no_grad():
            output = model(input_ids=torch.tensor([first + second]), token_type_ids=torch.tensor([types]))
        answers.append(dict(ids=first + second, types=types, scores=output.seq_relationship_logits[0].tolist()))
    return answers


def main():
    root = Path(sys.argv[1])
    torch.set_num_threads(1)
    old_names = BertForPreTraining.from_pretrained(root / "directories/old-names", attn_implementation="eager", dtype=torch.float32)
    models = {"directories/old-names": old_names, "google-bert": google_model(root / "google-bert")}
    fixture = {name: scores(model) for name, model in models.items()}
    (root / "next-sentence.json").write_text(json.dumps(fixture) + "\n")
    print(json.dumps(fixture, indent=1))


if __name__ == "__main__":
    main()
