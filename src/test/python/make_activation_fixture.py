"""Writes src/test/resources/kernel/activations.json: the activation functions of transformers' ACT2FN and their derivatives.

    python src/test/python/make_activation_fixture.py src/test/resources/kernel

Made with torch 2.13 and transformers 5.18 on a CPU, in double precision; derivatives are those of autograd. The Java test
ActivationReferenceTest compares Cloze4J with these numbers.
"""

import json
import sys
from pathlib import Path

import torch
from transformers.activations import ACT2FN

NAMES = [
    "gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_pytorch_tanh", "gelu_python_tanh", "tanh", "relu", "relu6",
    "relu2", "leaky_relu", "sigmoid", "silu", "swish", "quick_gelu", "hardswish", "mish", "gelu_10", "laplace", "linear",
]  # fmt: skip
# Kinks of the rectifiers, tails on both sides, and numbers between.
AT = [-1e4, -700, -90, -20, -9, -6, -3.5, -1.702, -1, -0.5, -1e-3, 0, 1e-3, 0.25, 1, 1.702, 3, 5.999, 6, 6.001, 9, 20, 90, 700, 1e4]


def main():
    functions = {}
    for name in NAMES:
        x = torch.tensor(AT, dtype=torch.float64, requires_grad=True)
        y = ACT2FN[name](x)
        y.sum().backward()
        functions[name] = dict(values=y.tolist(), derivatives=x.grad.tolist())
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    (target / "activations.json").write_text(json.dumps(dict(at=AT, functions=functions)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
