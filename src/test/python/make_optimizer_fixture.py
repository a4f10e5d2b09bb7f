"""Writes src/test/resources/optim/google.json: steps of Google's optimizer of BERT, computed with numpy in double.

    python src/test/python/make_optimizer_fixture.py src/test/resources/optim/google.json

Written anew from what google-research/bert (optimization.py) does, one tensor at a time: the gradients are clipped to a global norm
of 1 as TensorFlow's clip_by_global_norm does; Adam without bias correction, epsilon outside the root, decay added to the update of
weights only; the rate decays linearly from step 0, and a warm-up takes the place of the first steps. Steps count from 0 there, so
the first one has the rate 0. The Java test GoogleOptimizerTest compares Cloze4J with these numbers.
"""

import json
import sys
from pathlib import Path

import numpy as np

STEPS, TOTAL_STEPS, WARMUP_STEPS = 12, 40, 4
PEAK, BETA1, BETA2, EPSILON, DECAY, MAX_NORM = 1e-2, 0.9, 0.999, 1e-6, 0.01, 1.0
SHAPES = {"layer.weight": (7, 13), "layer.bias": (7,), "LayerNorm.weight": (13,)}


def learning_rate(global_step):
    if global_step < WARMUP_STEPS:
        return PEAK * global_step / WARMUP_STEPS
    return PEAK * (1 - global_step / TOTAL_STEPS)


def main():
    rng = np.random.default_rng(20260101)
    values = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    first = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    second = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    initial = {name: value.ravel().tolist() for name, value in values.items()}
    steps = []
    for global_step in range(STEPS):
        # Some steps are clipped and some are not.
        scale = 10.0 ** rng.uniform(-3, 0)
        gradients = {name: scale * rng.normal(size=shape) for name, shape in SHAPES.items()}
        norm = np.sqrt(sum(np.sum(np.square(gradient)) for gradient in gradients.values()))
        factor = MAX_NORM * min(1 / norm, 1 / MAX_NORM)
        rate = learning_rate(global_step)
        for name, value in values.items():
            gradient = gradients[name] * factor
            first[name] = BETA1 * first[name] + (1 - BETA1) * gradient
            second[name] = BETA2 * second[name] + (1 - BETA2) * gradient**2
            update = first[name] / (np.sqrt(second[name]) + EPSILON)
            if "bias" not in name and "LayerNorm" not in name:
                update = update + DECAY * value
            values[name] = value - rate * update
        steps.append(
            dict(
                gradients={name: gradient.ravel().tolist() for name, gradient in gradients.items()},
                learning_rate=rate,
                values={name: value.ravel().tolist() for name, value in values.items()},
            )
        )
    document = dict(
        peak=PEAK, beta1=BETA1, beta2=BETA2, epsilon=EPSILON, weight_decay=DECAY, max_norm=MAX_NORM,
        total_steps=TOTAL_STEPS, warmup=WARMUP_STEPS / TOTAL_STEPS,
        shapes=SHAPES, initial=initial, steps=steps,
    )
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document) + "\n")
    print([step["learning_rate"] for step in steps], path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
