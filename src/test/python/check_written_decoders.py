"""Checks that transformers loads the models of the next word that Cloze4J writes, and computes and generates the same.

    mvn test -Dtest=DecoderDirectoriesTest
    python src/test/python/check_written_decoders.py target/written-decoder-directories src/test/resources/pretrained/decoders

The test reads each directory of the fixtures and writes it again. Fails on missing, unexpected or mismatched tensors, on any warning, on
numbers that differ from the fixture's by more than 1e-5 of the largest, and on generated ids that differ. A model of the next word is
loaded by its class and by AutoModelForCausalLM, an adapter by AutoPeftModelForCausalLM.
"""

import json
import sys
import warnings
from pathlib import Path

import torch
import transformers
from check_model_directory import load
from make_decoder_directories import ADAPTER, DIRECTORIES, NEXT_WORD, numbers
from peft import AutoPeftModelForCausalLM

TOLERANCE = 1e-5
SEQ2SEQ = "seq2seq"


def largest_difference(model, expected):
    largest = 0.0
    for answer in expected["answers"]:
        theirs = torch.tensor(answer["numbers"], dtype=torch.float64)
        received = numbers(model, answer["ids"], answer["rows"]).double()
        largest = max(largest, ((received - theirs).abs().max() / theirs.abs().max()).item())
    return largest


def check_generated(model, tokenizer, expected):
    """With generation_config.json as it was written: greedy, ended by [SEP]."""
    for answer in expected:
        ids = torch.tensor([tokenizer(answer["prompt"])["input_ids"][:-1]])
        sequence = model.generate(ids, attention_mask=torch.ones_like(ids), num_beams=answer["beams"], max_new_tokens=8)[0]
        received = sequence[ids.shape[1] :].tolist()
        assert received == answer["ids"], (answer, received)


def main():
    written, fixtures = Path(sys.argv[1]), Path(sys.argv[2])
    print("transformers", transformers.__version__)
    # An encoder is written without the pooler that a BertModel has.
    names = sorted({*DIRECTORIES, SEQ2SEQ, ADAPTER} - {"encoder"})
    assert names == sorted(path.name for path in written.iterdir()), "run the test first"
    for name in names:
        fixture = NEXT_WORD if name == SEQ2SEQ else name
        expected = json.loads((fixtures / fixture / "expected.json").read_text())
        if name == ADAPTER:
            with warnings.catch_warnings():
                warnings.filterwarnings("error", message=".*(missing|unexpected).*")
                model = AutoPeftModelForCausalLM.from_pretrained(written / name).eval()
            assert type(model).__name__ == "PeftModelForCausalLM", type(model)
            difference = largest_difference(model, expected)
            print(f"{name}: {type(model).__name__}, no tensor missing or unexpected, numbers within {difference:.1e}")
            assert difference <= TOLERANCE
            continue
        architecture = json.loads((written / name / "config.json").read_text())["architectures"][0]
        kinds = [getattr(transformers, architecture)]
        if architecture == "BertLMHeadModel":
            kinds.append(transformers.AutoModelForCausalLM)
        for kind in kinds:
            model, tokenizer = load(str(written / name), kind)
            difference = largest_difference(model, expected)
            assert difference <= TOLERANCE, (name, difference)
            if kind is not kinds[0]:
                assert isinstance(model, kinds[0])
                assert (model.generation_config.bos_token_id, model.generation_config.eos_token_id) == (2, 3)
                check_generated(model, tokenizer, expected.get("generated", []))
            print(f"{name}: {kind.__name__}, no warning, no key missing or unexpected, numbers within {difference:.1e}")


if __name__ == "__main__":
    main()
