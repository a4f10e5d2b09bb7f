"""Writes src/test/resources/golden/pretraining.safetensors: what transformers computes for a small BertForPreTraining.

    python src/test/python/make_pretraining_fixture.py src/test/resources/golden

Made with torch 2.13 and transformers 5.18 on a CPU. The Java test PretrainingGoldenTest compares Cloze4J with these numbers.

Weights and documents are those of make_golden_fixture.py, to which this adds the pooler and the next-sentence head. Documents
with token type 1 are the pairs; the others have no next-sentence label, which is -100 for the reference.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from make_golden_fixture import configuration, initial_weights, make_documents, packed, train, unpacked
from safetensors.numpy import load_file, save_file
from transformers import BertForPreTraining

ACTIVATION, IGNORED = "gelu", -100


def head_weights(generator):
    """Name -> float32 array of what BertForPreTraining has beyond BertForMaskedLM."""
    weights = {}
    for name, parameter in BertForPreTraining(configuration(ACTIVATION)).named_parameters():
        if name.startswith(("bert.pooler.", "cls.seq_relationship.")):
            weights[name] = (0.25 * torch.randn(parameter.shape, generator=generator)).to(torch.float32)
    return weights


def pairs(rows):
    """Positions of [CLS] in the packed batch and labels of the pairs; a label for each document."""
    starts = packed(rows)["document_offsets"]
    # Documents end rows that are full; padding is a document of its own.
    real = [start for start, is_padding in zip(starts, padding(rows)) if not is_padding]
    positions, labels, label_of_document = [], [], []
    documents = [document for row in rows for document in row]
    for start, (_, types, _, _) in zip(real, documents, strict=True):
        label = IGNORED
        if any(types):
            label = len(labels) % 2
            positions.append(start)
            labels.append(label)
        label_of_document.append(label)
    return positions, labels, label_of_document


def padding(rows):
    """For each document of the packed batch, whether it is padding."""
    flags = []
    for row in rows:
        flags += [False] * len(row)
        if sum(len(ids) for ids, _, _, _ in row) < packed(rows)["shape"][1]:
            flags.append(True)
    return flags


class WithOneLoss(torch.nn.Module):
    """The model under the interface that train() expects: its output's loss is the sum of both."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, **inputs):
        output = self.model(**inputs)
        output.logits = output.prediction_logits
        return output

    def named_parameters(self, *arguments, **options):
        return self.model.named_parameters(*arguments, **options)


def main():
    directory = Path(sys.argv[1])
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20260101)
    weights = initial_weights(generator)
    rows = make_documents(generator)
    for name, value in load_file(directory / "weights.safetensors").items():
        assert np.array_equal(value, weights[name].numpy()), name
    heads = head_weights(generator)
    weights |= heads
    positions, labels, label_of_document = pairs(rows)
    inputs = unpacked(rows)
    inputs["next_sentence_label"] = torch.tensor(label_of_document)

    model = BertForPreTraining(configuration(ACTIVATION)).to(torch.float64)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
    model.train()

    output = model(**inputs)
    output.loss.backward()
    masked = inputs["labels"] != IGNORED
    is_pair = inputs["next_sentence_label"] != IGNORED
    logits = output.prediction_logits[masked].detach()
    scores = output.seq_relationship_logits[is_pair].detach()
    mean = torch.nn.functional.cross_entropy
    arrays = {
        "logits": logits,
        "next_sentence_logits": scores,
        "loss": output.loss.detach().reshape(1),
        "mlm_loss": mean(logits, inputs["labels"][masked]).reshape(1),
        "next_sentence_loss": mean(scores, inputs["next_sentence_label"][is_pair]).reshape(1),
    }
    for name, parameter in model.named_parameters():
        arrays[f"gradient/{name}"] = parameter.grad.clone()
    losses, norms = train(WithOneLoss(model), inputs)
    arrays |= {"step_losses": losses, "gradient_norms": norms}
    fields = {f"float64/{name}": array.numpy() for name, array in arrays.items()}
    fields |= {f"weight/{name}": value.numpy() for name, value in heads.items()}
    fields |= {
        "pair_positions": np.array(positions, dtype=np.int32),
        "pair_labels": np.array(labels, dtype=np.int32),
    }
    save_file(fields, directory / "pretraining.safetensors")
    print("pairs", positions, labels, "losses", losses.tolist(), "norms", norms.tolist())


if __name__ == "__main__":
    main()
