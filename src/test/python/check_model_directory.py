"""Checks that transformers loads a model directory that Cloze4J wrote, and predicts what Cloze4J predicts.

    mvn -DskipTests package
    python src/test/python/check_model_directory.py DIR "A text with a [MASK]."

Fails on missing, unexpected or mismatched tensors, on any warning, and on probabilities that differ by more than 1e-4 of theirs.
"""

import json
import logging
import subprocess
import sys
import warnings

import torch
from transformers import AutoConfig, AutoModelForMaskedLM, AutoTokenizer, BertForPreTraining
from transformers.utils import logging as transformers_logging

TOP_K = 10
TOLERANCE = 1e-4


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def load(directory, kind=None):
    """Model and tokenizer; the class of the model is that of a pretrained one if none is given."""
    recorder = Recorder()
    transformers_logging.disable_progress_bar()
    logging.getLogger("transformers").addHandler(recorder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if kind is None:
            architecture = AutoConfig.from_pretrained(directory).architectures[0]
            kind = BertForPreTraining if architecture == "BertForPreTraining" else AutoModelForMaskedLM
        model, loading = kind.from_pretrained(directory, output_loading_info=True)
        tokenizer = AutoTokenizer.from_pretrained(directory)
    problems = {name: keys for name, keys in loading.items() if keys}
    messages = recorder.messages + [str(warning.message) for warning in caught]
    assert not problems, problems
    assert not messages, messages
    return model.eval(), tokenizer


def cloze4j(directory, text):
    command = ["java", "-jar", "target/cloze4j.jar", "fill-mask", "--model", directory, "--top-k", str(TOP_K), "--json", text]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(run.stdout.splitlines()[-1])["predictions"]


def main():
    directory, text = sys.argv[1:]
    model, tokenizer = load(directory)
    print(type(model).__name__, type(tokenizer).__name__, sum(p.numel() for p in model.parameters()), "parameters, no warnings")
    inputs = tokenizer(text, return_tensors="pt")
    with torch.no_grad():
        output = model(**inputs)
        scores = output.prediction_logits if isinstance(model, BertForPreTraining) else output.logits
        logits = scores[0, inputs["input_ids"][0] == tokenizer.mask_token_id]
    expected = logits.double().softmax(-1)
    received = cloze4j(directory, text)
    assert len(received) == len(expected) > 0, (len(received), len(expected))
    largest = 0.0
    for predictions, probabilities in zip(received, expected):
        assert [p["id"] for p in predictions] == probabilities.topk(TOP_K).indices.tolist(), predictions
        for prediction in predictions:
            assert prediction["token"] == tokenizer.convert_ids_to_tokens(prediction["id"]), prediction
            probability = probabilities[prediction["id"]].item()
            largest = max(largest, abs(prediction["probability"] - probability) / probability)
    print(f"{len(received)} masks, {TOP_K} predictions each: the same; largest relative difference {largest:.1e}")
    assert largest <= TOLERANCE


if __name__ == "__main__":
    main()
