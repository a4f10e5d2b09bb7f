"""Writes src/test/resources/optim/layer-decay.json: steps of PyTorch's AdamW with a learning rate for each layer.

    python src/test/python/make_layer_decay_fixture.py src/test/resources/optim/layer-decay.json

A tiny BertForSequenceClassification of transformers, in double, has a parameter group for each layer, as fine-tuning scripts make
them: the classifier and the pooler have the rate itself, each layer below DECAY times that of the layer above, the embeddings the
least. Gradients are random and clipped to a global norm of 1. The Java test LayerDecayTest compares Cloze4J with these numbers.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertForSequenceClassification

DECAY, BETAS, EPSILON, WEIGHT_DECAY, MAX_NORM = 0.65, (0.9, 0.98), 1e-6, 0.1, 1.0
RATES = [2e-2, 1e-2, 5e-3]
SHAPE = dict(vocab_size=5, hidden_size=2, num_hidden_layers=3, num_attention_heads=1, intermediate_size=3,
             max_position_embeddings=3)


def layers_above(name):
    """0 for the head, 1 for the top layer, and so on down to the embeddings."""
    if name.startswith("bert.embeddings."):
        return SHAPE["num_hidden_layers"] + 1
    if name.startswith("bert.encoder.layer."):
        return SHAPE["num_hidden_layers"] - int(name.split(".")[3])
    return 0


def plain(tensors):
    return {name: tensor.detach().ravel().tolist() for name, tensor in tensors.items()}


def main():
    torch.manual_seed(20260102)
    model = BertForSequenceClassification(BertConfig(**SHAPE, num_labels=2)).double()
    parameters = dict(model.named_parameters())
    for parameter in parameters.values():
        torch.nn.init.normal_(parameter)
    groups = []
    for name, parameter in parameters.items():
        decays = not name.endswith(".bias") and "LayerNorm" not in name
        factor = DECAY ** layers_above(name)
        groups.append(dict(params=[parameter], weight_decay=WEIGHT_DECAY if decays else 0.0, factor=factor))
    optimizer = torch.optim.AdamW(groups, lr=1.0, betas=BETAS, eps=EPSILON)
    initial = plain(parameters)
    steps = []
    for rate in RATES:
        # Some steps are clipped and some are not.
        scale = 10.0 ** torch.empty(1).uniform_(-2, 0).item()
        for parameter in parameters.values():
            parameter.grad = scale * torch.randn_like(parameter)
        gradients = plain({name: parameter.grad for name, parameter in parameters.items()})
        torch.nn.utils.clip_grad_norm_(parameters.values(), MAX_NORM)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        optimizer.step()
        steps.append(dict(learning_rate=rate, gradients=gradients, values=plain(parameters)))
    document = dict(decay=DECAY, beta1=BETAS[0], beta2=BETAS[1], epsilon=EPSILON, weight_decay=WEIGHT_DECAY,
                    max_norm=MAX_NORM, shape=SHAPE, initial=initial, steps=steps)
    path = Path(sys.argv[1])
    path.write_text(json.dumps(document) + "\n")
    print(len(parameters), "parameters", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
