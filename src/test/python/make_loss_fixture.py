"""Writes src/test/resources/golden/losses.safetensors: losses of fine-tuning and their gradients, as PyTorch computes them.

    python src/test/python/make_loss_fixture.py src/test/resources/golden

Made with torch 2.13 on a CPU, in double precision. The Java test LossGoldenTest compares all kernels with these numbers.

Every loss is a sum over rows (or groups of rows); gradients are those of 0.25 times the sum. PyTorch has no focal loss of several
classes: it is written here from its log_softmax, after Lin et al. (2017), and differentiated by PyTorch.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import BCEWithLogitsLoss, CrossEntropyLoss, MSELoss

ROWS, CLASSES, LENGTHS = 7, 37, [1, 5, 40, 2]
SMOOTHING, GAMMAS = 0.1, (0.5, 2.0)
SCALE = 0.25


def focal(logits, labels, weights, gamma):
    log_p = logits.log_softmax(-1).gather(1, labels.unsqueeze(1)).squeeze(1)
    return (-((1 - log_p.exp()) ** gamma) * weights[labels] * log_p).sum()


def spans(scores, labels):
    """Start and end of each group: both are cross-entropies over the rows of the group."""
    loss = CrossEntropyLoss(reduction="sum")
    parts = zip(scores.split(LENGTHS), labels)
    return sum((loss(group[:, 0], label[0]) + loss(group[:, 1], label[1])) / 2 for group, label in parts)


def main():
    generator = torch.Generator().manual_seed(13)

    def normal(*shape):
        # Numbers that a float holds, so that all kernels get the same.
        return torch.randn(*shape, generator=generator).double()

    logits, scores = 3 * normal(ROWS, CLASSES), 2 * normal(sum(LENGTHS), 2)
    labels = torch.randint(0, CLASSES, (ROWS,), generator=generator)
    labels[0] = logits[0].argmax()
    weights = normal(CLASSES).abs()
    weights[labels[1]] = 0
    shares = torch.randint(0, 2, (ROWS, CLASSES), generator=generator).double()
    shares[2] = (logits[2] > 0).double()
    shares[3, 0] = 0.75
    values = normal(ROWS, CLASSES)
    ends = torch.tensor(LENGTHS).cumsum(0)
    span_labels = torch.tensor([[int(torch.randint(0, n, (1,), generator=generator)) for _ in range(2)] for n in LENGTHS])
    span_labels[2] = scores.split(LENGTHS)[2].argmax(0)

    def classes(**settings):
        return lambda x: CrossEntropyLoss(reduction="sum", **settings)(x, labels)

    cases = dict(
        plain=(logits, classes()),
        weighted=(logits, classes(weight=weights)),
        smoothed=(logits, classes(label_smoothing=SMOOTHING)),
        weighted_and_smoothed=(logits, classes(weight=weights, label_smoothing=SMOOTHING)),
        focal_half=(logits, lambda x: focal(x, labels, torch.ones(CLASSES).double(), GAMMAS[0])),
        weighted_focal_2=(logits, lambda x: focal(x, labels, weights, GAMMAS[1])),
        sigmoid=(logits, lambda x: BCEWithLogitsLoss(reduction="none")(x, shares).mean(1).sum()),
        squared=(logits, lambda x: MSELoss(reduction="none")(x, values).mean(1).sum()),
        span=(scores, lambda x: spans(x, span_labels)),
    )
    arrays = dict(logits=logits, scores=scores, weights=weights, shares=shares, values=values)
    arrays |= dict(labels=labels.double(), ends=ends.double(), span_labels=span_labels.double())
    for name, (x, loss) in cases.items():
        x = x.clone().requires_grad_()
        total = loss(x)
        (SCALE * total).backward()
        arrays |= {f"{name}.loss": total.detach().reshape(1), f"{name}.gradient": x.grad}
        print(name, total.item())
    save_file(arrays, Path(sys.argv[1]) / "losses.safetensors")


if __name__ == "__main__":
    main()
