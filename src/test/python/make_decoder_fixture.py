"""Writes next-word and prefix of src/test/resources/golden/heads: what transformers computes for a small BERT that predicts the next word.

    python src/test/python/make_decoder_fixture.py src/test/resources/golden/heads

Made with torch 2.13 and transformers 5.18 on a CPU, in double precision. The Java test HeadGoldenTest compares Cloze4J with these
numbers. The encoder is that of make_head_fixture.py.

Cloze4J reads the documents packed. The reference numbers come from a BertLMHeadModel with is_decoder that reads each document in a row of
its own, padded: next words with an attention mask, prefixes with an explicit 4-D mask (the source sees the source, the target sees the
source and what is left of it). The script also runs a model over the packed rows, with an explicit 4-D mask, and one without is_decoder
over the prefixes: both must give the same loss.
"""

import sys
from pathlib import Path

import torch
from make_golden_fixture import CLS, FIRST_WORD, PAD, SEP, SEQUENCE_LENGTH, VOCABULARY, packed, train
from make_head_fixture import encoder_weights, shape
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import BertLMHeadModel

IGNORED = -100
NEXT_WORD, PREFIX = "next-word", "prefix"
# Lengths of the documents of each row; what remains of the row is padding.
NEXT_WORD_ROWS = [[9, 15], [5, 2, 8], [21]]
# Lengths of source and target of each document, special tokens not counted.
PREFIX_ROWS = [[(4, 3), (6, 5)], [(1, 1), (0, 4), (3, 0)], [(12, 5)]]


def model_of(is_decoder=True):
    config = shape()
    config.is_decoder = is_decoder
    return BertLMHeadModel(config)


def make_weights(generator):
    """Name -> float32 tensor: the encoder of make_head_fixture.py, and a head; the tied weight once."""
    weights = encoder_weights(torch.Generator().manual_seed(20261129))
    for name, parameter in model_of().named_parameters():
        if name not in weights:
            noise = torch.randn(parameter.shape, generator=generator)
            weights[name] = 1 + 0.2 * noise if name.endswith("LayerNorm.weight") else 0.3 * noise
    return weights


def load(weights, is_decoder=True):
    model = model_of(is_decoder).double().train()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])
    return model


def words(count, generator):
    return torch.randint(FIRST_WORD, VOCABULARY, (count,), generator=generator).tolist()


def next_word_documents(generator):
    """Rows of (ids, token types, length of the prefix, first token that is a label)."""
    return [[([CLS, *words(length - 2, generator), SEP], [0] * length, 0, 1) for length in row] for row in NEXT_WORD_ROWS]


def prefix_documents(generator):
    rows = []
    for row in PREFIX_ROWS:
        documents = []
        for source, target in row:
            ids = [CLS, *words(source, generator), SEP, *words(target, generator), SEP]
            prefix = source + 2
            documents.append((ids, [0] * prefix + [1] * (target + 1), prefix, prefix))
        rows.append(documents)
    return rows


def additive(visible):
    """A mask for attention, from whether a token sees another."""
    return torch.zeros(visible.shape, dtype=torch.double).masked_fill(~visible, torch.finfo(torch.double).min).unsqueeze(1)


def visible_in(length, prefix):
    return torch.ones(length, length, dtype=torch.bool).tril() | (torch.arange(length) < prefix)


def alone(rows, name):
    """Each document in a row of its own."""
    documents = [document for row in rows for document in row]
    width = max(len(ids) for ids, *_ in documents)
    shape_ = (len(documents), width)
    inputs = dict(
        input_ids=torch.full(shape_, PAD),
        token_type_ids=torch.zeros(shape_, dtype=torch.long),
        attention_mask=torch.zeros(shape_, dtype=torch.long),
        labels=torch.full(shape_, IGNORED),
    )
    # Padding sees itself, so that no row of the softmax is empty.
    visible = torch.eye(width, dtype=torch.bool).repeat(len(documents), 1, 1)
    for index, (ids, types, prefix, first) in enumerate(documents):
        length = len(ids)
        inputs["input_ids"][index, :length] = torch.tensor(ids)
        inputs["token_type_ids"][index, :length] = torch.tensor(types)
        inputs["attention_mask"][index, :length] = 1
        inputs["labels"][index, first:length] = torch.tensor(ids[first:])
        visible[index, :length, :length] = visible_in(length, prefix)
    if name == PREFIX:
        inputs["attention_mask"] = additive(visible)
    return inputs


def side_by_side(rows):
    """The documents packed, with positions that begin anew and an explicit mask."""
    shape_ = (len(rows), SEQUENCE_LENGTH)
    inputs = dict(
        input_ids=torch.full(shape_, PAD),
        token_type_ids=torch.zeros(shape_, dtype=torch.long),
        position_ids=torch.zeros(shape_, dtype=torch.long),
        labels=torch.full(shape_, IGNORED),
    )
    visible = torch.eye(SEQUENCE_LENGTH, dtype=torch.bool).repeat(len(rows), 1, 1)
    for index, row in enumerate(rows):
        begin = 0
        for ids, types, prefix, first in row:
            end = begin + len(ids)
            inputs["input_ids"][index, begin:end] = torch.tensor(ids)
            inputs["token_type_ids"][index, begin:end] = torch.tensor(types)
            inputs["position_ids"][index, begin:end] = torch.arange(len(ids))
            inputs["labels"][index, begin + first : end] = torch.tensor(ids[first:])
            visible[index, begin:end, begin:end] = visible_in(len(ids), prefix)
            begin = end
    return dict(inputs, attention_mask=additive(visible))


def batch_of(rows):
    """What Cloze4J reads: rows of the packed batch, the label of each target, the prefix of each document."""
    fields = packed([[(ids, types, [], []) for ids, types, *_ in row] for row in rows])
    targets, labels, prefixes = [], [], []
    for index, row in enumerate(rows):
        begin = index * SEQUENCE_LENGTH
        for ids, _, prefix, first in row:
            targets += range(begin + first - 1, begin + len(ids) - 1)
            labels += ids[first:]
            prefixes.append(prefix)
            begin += len(ids)
        if begin < (index + 1) * SEQUENCE_LENGTH:
            prefixes.append(0)
    fields = {key: value for key, value in fields.items() if key not in ("masked_positions", "labels")} | dict(prefixes=prefixes)
    arrays = {f"batch/{key}": value for key, value in fields.items()}
    arrays |= {"target/rows": targets, "target/ends": range(1, len(targets) + 1), "target/labels": labels}
    return {key: torch.tensor([int(number) for number in value], dtype=torch.int32) for key, value in arrays.items()}


def forward_backward(model, inputs):
    """Logits at the rows that predict a label, and the mean loss. transformers computes its loss in single precision, so it is only compared."""
    model.zero_grad(set_to_none=True)
    output = model(**inputs)
    labels = inputs["labels"][:, 1:]
    logits = output.logits[:, :-1][labels != IGNORED]
    loss = cross_entropy(logits, labels[labels != IGNORED])
    torch.testing.assert_close(output.loss.double(), loss, rtol=1e-6, atol=0)
    loss.backward()
    return logits.detach(), loss.detach()


def case(name, rows, weights):
    inputs = alone(rows, name)
    model = load(weights)
    logits, loss = forward_backward(model, inputs)
    reference = dict(logits=logits, loss=loss.reshape(1))
    reference |= {f"gradient/{key}": parameter.grad.clone() for key, parameter in model.named_parameters()}
    for other, other_inputs in ((load(weights), side_by_side(rows)), (load(weights, is_decoder=name != PREFIX), inputs)):
        other_logits, other_loss = forward_backward(other, other_inputs)
        torch.testing.assert_close(other_logits, logits, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(other_loss, loss, rtol=1e-12, atol=1e-12)
    losses, norms = train(model, inputs, forward_backward)
    reference |= dict(step_losses=losses, gradient_norms=norms)
    print(name, len(logits), "targets, losses", losses.tolist())
    arrays = batch_of(rows) | {f"float64/{key}": value.contiguous() for key, value in reference.items()}
    arrays |= {f"weight/{key}": value for key, value in weights.items() if key.startswith("cls.")}
    correct = (logits.argmax(-1) == arrays["target/labels"]).sum()
    return arrays | dict(correct=correct.to(torch.int32).reshape(1))


def main():
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20261130)
    weights = make_weights(generator)
    for name, documents in ((NEXT_WORD, next_word_documents), (PREFIX, prefix_documents)):
        save_file(case(name, documents(generator), weights), directory / f"{name}.safetensors")


if __name__ == "__main__":
    main()
