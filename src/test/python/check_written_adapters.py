"""Checks that PEFT loads what Cloze4J writes, without a missing or unexpected tensor, and computes the same.

    mvn test -Dtest=PeftAdapterTest
    python src/test/python/check_written_adapters.py target/written-adapters src/test/resources/pretrained/tiny-bert src/test/resources/lora

The test reads the adapters of make_lora_fixture.py and writes them again. Fails on any warning about tensors, on a tensor that PEFT
saves and Cloze4J did not, and on scores that differ from the fixture's by more than 1e-5 of the largest.
"""

import sys
import warnings
from pathlib import Path

import peft
import torch
from make_lora_fixture import ADAPTERS, base_model, logits
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file
from transformers.utils import logging

TOLERANCE = 1e-5


def main():
    logging.set_verbosity_error()
    # The name of the base is no directory; PEFT would look there whether the vocabulary has grown.
    warnings.filterwarnings("ignore", message=".*config file.*|.*remote file.*")
    written, base, fixtures = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    expected = load_file(fixtures / "expected.safetensors")
    assert sorted(ADAPTERS) == sorted(path.name for path in written.iterdir()), "run the test first"
    for name, (kind, labels, _) in ADAPTERS.items():
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*(missing|unexpected).*")
            model = PeftModel.from_pretrained(base_model(base, kind, labels), written / name).eval()
        stored = load_file(written / name / "adapter_model.safetensors")
        assert sorted(stored) == sorted(get_peft_model_state_dict(model)), name
        largest = 0.0
        for number in range(3):
            with torch.no_grad():
                received = logits(model, expected[f"ids/{number}"].tolist()).double()
            reference = expected[f"{name}/{number}"]
            largest = max(largest, ((received - reference).abs().max() / reference.abs().max()).item())
        assert largest < TOLERANCE, (name, largest)
        print(f"{name}: {len(stored)} tensors, scores within {largest:.1e}")
    print("peft", peft.__version__)


if __name__ == "__main__":
    main()
