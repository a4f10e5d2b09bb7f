"""Writes src/test/resources/golden/muon.safetensors: ten steps of torch.optim.Muon for hidden matrices, of AdamW for the rest.

    python src/test/python/make_muon_fixture.py src/test/resources/golden

Made with torch 2.13 and transformers 5.18 on a CPU, in double. torch.optim.Muon does its Newton-Schulz iteration in bfloat16; here the
same iteration runs in double, in its place, because the Java test MuonGoldenTest compares ten steps to 1e-8. The script prints how far
one update in bfloat16 is from the same update in double. The model and the batch are those of make_golden_fixture.py.
"""

import sys
from pathlib import Path

import torch
from make_golden_fixture import STEPS, build, forward_backward, initial_weights, make_documents, unpacked
from safetensors.torch import load_file, save_file
from torch.optim import _muon

RATE, BETAS, EPSILON, WEIGHT_DECAY, MAX_NORM = 1e-3, (0.9, 0.98), 1e-6, 0.01, 1.0
# One of each shape: square, tall, wide, that of the head, and two parameters of AdamW.
KEPT = [
    "bert.encoder.layer.0.attention.self.key.weight",
    "bert.encoder.layer.1.intermediate.dense.weight",
    "bert.encoder.layer.0.output.dense.weight",
    "cls.predictions.transform.dense.weight",
    "bert.embeddings.token_type_embeddings.weight",
    "bert.encoder.layer.0.output.dense.bias",
]
in_bfloat16 = _muon._zeropower_via_newtonschulz


def in_own_type(update, coefficients, steps, epsilon):
    """The iteration of torch.optim.Muon without its conversion to bfloat16."""
    a, b, c = coefficients
    x = update.T if update.size(0) > update.size(1) else update
    x = x / x.norm().clamp(min=epsilon)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if update.size(0) > update.size(1) else x


def is_hidden_matrix(name):
    """Matrices of encoder layers, and the dense layer of the head."""
    return name.endswith(".weight") and "LayerNorm" not in name and ("encoder.layer" in name or "transform.dense" in name)


def main():
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20260104)
    update = torch.randn(48, 24, generator=generator, dtype=torch.float64)
    arguments = (update, (_muon.DEFAULT_A, _muon.DEFAULT_B, _muon.DEFAULT_C), _muon.DEFAULT_NS_STEPS, _muon.EPS)
    exact = in_own_type(*arguments)
    print("bfloat16 differs by", ((in_bfloat16(*arguments) - exact).norm() / exact.norm()).item(), "of the norm")
    _muon._zeropower_via_newtonschulz = in_own_type

    directory = Path(sys.argv[1])
    inputs = golden_inputs()
    model = build("gelu", load_file(directory / "weights.safetensors"), torch.float64)
    parameters = dict(model.named_parameters())
    hidden = [parameter for name, parameter in parameters.items() if is_hidden_matrix(name)]
    rest = {name: parameter for name, parameter in parameters.items() if not is_hidden_matrix(name)}
    undecayed = [p for name, p in rest.items() if name.endswith("bias") or "LayerNorm" in name]
    decayed = [p for name, p in rest.items() if not (name.endswith("bias") or "LayerNorm" in name)]
    print(len(hidden), "hidden matrices,", len(decayed), "decayed and", len(undecayed), "other parameters of AdamW")
    muon = torch.optim.Muon(hidden, lr=RATE, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw")
    groups = [dict(params=decayed, weight_decay=WEIGHT_DECAY), dict(params=undecayed, weight_decay=0.0)]
    adamw = torch.optim.AdamW(groups, lr=RATE, betas=BETAS, eps=EPSILON)
    losses, norms = [], []
    for _ in range(STEPS):
        _, loss = forward_backward(model, inputs)
        losses.append(loss)
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM))
        muon.step()
        adamw.step()
    arrays = {"float64/step_losses": torch.stack(losses), "float64/gradient_norms": torch.stack(norms)}
    arrays |= {f"final/{name}": parameters[name].detach().contiguous() for name in KEPT}
    path = directory / "muon.safetensors"
    save_file(arrays, path)
    print("losses", [round(loss.item(), 4) for loss in losses], "norms", [round(norm.item(), 3) for norm in norms])
    print(path.stat().st_size, "bytes")


def golden_inputs():
    """The documents of make_golden_fixture.py, which draws the weights before them."""
    generator = torch.Generator().manual_seed(20260101)
    initial_weights(generator)
    return unpacked(make_documents(generator))


if __name__ == "__main__":
    main()
