"""Writes src/test/resources/golden/heads: what transformers computes for a small BERT with each head of fine-tuning.

    python src/test/python/make_head_fixture.py src/test/resources/golden/heads

Made with torch 2.13 and transformers 5.18 on a CPU, in double precision. The Java test HeadGoldenTest compares Cloze4J with these
numbers.

Documents are those of make_golden_fixture.py: Cloze4J reads them packed, the reference reads each in a row of its own. Questions are
read one at a time, because the softmax of BertForQuestionAnswering also runs over padding. transformers has no class for relations
with entity markers and no weighted, smoothed or focal loss: they are written here in PyTorch.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from make_golden_fixture import configuration, make_documents, packed, train, unpacked
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy
from transformers import (
    BertForMultipleChoice,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
)

HIDDEN, INTERMEDIATE = 12, 20
CLASSES, CHOICES, IGNORED = 5, 3, -100
SMOOTHING, GAMMA = 0.1, 2.0
PARTS_OF_HEADS = ("bert.pooler.", "classifier.", "qa_outputs.")


def shape(**changes):
    config = configuration("gelu")
    for name, value in dict(hidden_size=HIDDEN, intermediate_size=INTERMEDIATE, **changes).items():
        setattr(config, name, value)
    return config


class RelationModel(torch.nn.Module):
    """Classes from the states of two markers, side by side: "entity start" of Baldini Soares et al. (2019)."""

    def __init__(self, config):
        super().__init__()
        self.bert = BertModel(config, add_pooling_layer=False)
        self.classifier = torch.nn.Linear(2 * config.hidden_size, config.num_labels)

    def forward(self, markers, labels, **inputs):
        states = self.bert(**inputs).last_hidden_state
        row = torch.arange(len(states))
        logits = self.classifier(torch.cat([states[row, markers[:, 0]], states[row, markers[:, 1]]], dim=-1))
        return SimpleNamespace(logits=logits, loss=cross_entropy(logits, labels))


def set_weights(model, encoder, generator):
    """Encoder's weights as given, those of the head at random; returns the latter."""
    heads = {}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.startswith(PARTS_OF_HEADS):
                heads[name] = 0.4 * torch.randn(parameter.shape, generator=generator)
            parameter.copy_(heads.get(name, encoder.get(name)))
    return heads


def encoder_weights(generator):
    weights = {}
    for name, parameter in BertModel(shape(), add_pooling_layer=False).named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("LayerNorm.weight"):
            weights["bert." + name] = 1 + 0.2 * noise
        else:
            weights["bert." + name] = (0.2 if name.endswith("bias") else 0.3) * noise
    return weights


def smoothed(logits, labels, weights):
    return cross_entropy(logits, labels, weight=weights, label_smoothing=SMOOTHING, reduction="sum") / len(labels)


def focal(logits, labels, weights):
    """Lin et al. (2017), for several classes."""
    log_p = logits.log_softmax(-1).gather(1, labels.unsqueeze(1)).squeeze(1)
    return (-((1 - log_p.exp()) ** GAMMA) * weights[labels] * log_p).mean()


class Reader:
    """How a model reads the documents, and where a packed batch has its answers."""

    def __init__(self, generator):
        self.generator = generator
        rows = make_documents(torch.Generator().manual_seed(20261128))
        self.packed = packed(rows)
        self.inputs = unpacked(rows)
        del self.inputs["labels"]
        self.lengths = self.inputs["attention_mask"].sum(1).tolist()
        self.documents = len(self.lengths)
        offsets = self.packed["document_offsets"].tolist()
        # Padding is a document of its own, whose length differs.
        starts, document = [], 0
        for start, end in zip(offsets, offsets[1:]):
            if document < self.documents and end - start == self.lengths[document]:
                starts.append(start)
                document += 1
        self.starts = starts
        assert len(starts) == self.documents

    def draw(self, low, high):
        return int(torch.randint(low, high, (1,), generator=self.generator))

    def classes(self, count):
        return torch.tensor([self.draw(0, CLASSES) for _ in range(count)])


def texts(reader, problem_type, answers, outputs):
    config = shape(num_labels=outputs, problem_type=problem_type)
    key = "labels" if answers.dtype == torch.long else "values"
    targets = {"rows": reader.starts, "ends": range(1, reader.documents + 1), key: answers.flatten()}
    labels = answers if key == "labels" else answers.double()
    return BertForSequenceClassification(config), dict(reader.inputs, labels=labels), targets


def classes(reader):
    return texts(reader, "single_label_classification", reader.classes(reader.documents), CLASSES)


def sets(reader):
    values = torch.randint(0, 2, (reader.documents, CLASSES), generator=reader.generator).float()
    return texts(reader, "multi_label_classification", values, CLASSES)


def numbers(reader):
    return texts(reader, "regression", torch.randn((reader.documents, 1), generator=reader.generator), 1)


def tags(reader):
    labels = torch.full(reader.inputs["input_ids"].shape, IGNORED)
    rows = []
    for document, (start, length) in enumerate(zip(reader.starts, reader.lengths)):
        # Every other token between [CLS] and [SEP], as if the rest were no first pieces of words.
        for position in range(1, length - 1, 2):
            labels[document, position] = reader.draw(0, CLASSES)
            rows.append(start + position)
    targets = dict(rows=rows, ends=range(1, len(rows) + 1), labels=labels[labels != IGNORED])
    return BertForTokenClassification(shape(num_labels=CLASSES)), dict(reader.inputs, labels=labels), targets


def questions(reader):
    rows, labels = [], []
    for document, (start, length) in enumerate(zip(reader.starts, reader.lengths)):
        rows += range(start, start + length)
        first = 0 if document == 1 else reader.draw(1, length - 1)
        labels.append([first, 0 if document == 1 else reader.draw(first, length - 1)])
    labels = torch.tensor(labels)
    inputs = dict(reader.inputs, start_positions=labels[:, 0], end_positions=labels[:, 1])
    targets = dict(rows=rows, ends=torch.tensor(reader.lengths).cumsum(0), labels=labels.flatten())
    return BertForQuestionAnswering(shape()), inputs, targets


def choices(reader):
    grouped = {name: value.reshape(-1, CHOICES, value.shape[-1]) for name, value in reader.inputs.items()}
    labels = torch.tensor([reader.draw(0, CHOICES) for _ in range(reader.documents // CHOICES)])
    targets = dict(rows=reader.starts, ends=range(CHOICES, reader.documents + 1, CHOICES), labels=labels)
    return BertForMultipleChoice(shape()), dict(grouped, labels=labels), targets


def relations(reader):
    """In the second document the first marker stands behind the second one."""
    markers = [[reader.draw(1, length // 2), reader.draw(length // 2, length - 1)] for length in reader.lengths]
    markers[1].reverse()
    markers = torch.tensor(markers)
    labels = reader.classes(reader.documents)
    rows = (markers + torch.tensor(reader.starts).unsqueeze(1)).flatten()
    targets = dict(rows=rows, ends=range(2, 2 * reader.documents + 1, 2), labels=labels)
    return RelationModel(shape(num_labels=CLASSES)), dict(reader.inputs, markers=markers, labels=labels), targets


CASES = {
    "classes": (classes, None),
    "classes-smoothed": (classes, smoothed),
    "classes-focal": (classes, focal),
    "sets": (sets, None),
    "numbers": (numbers, None),
    "tags": (tags, None),
    "tags-smoothed": (tags, smoothed),
    "questions": (questions, None),
    "choices": (choices, None),
    "relations": (relations, None),
    "relations-focal": (relations, focal),
}


def run_questions(model, inputs):
    """One document at a time, without padding."""
    scores, losses = [], []
    for document, length in enumerate(inputs["attention_mask"].sum(1).tolist()):
        one = {name: value[document : document + 1] for name, value in inputs.items()}
        one = {name: value[:, :length] if value.dim() == 2 else value for name, value in one.items()}
        output = model(**one)
        scores.append(torch.stack([output.start_logits[0], output.end_logits[0]], dim=-1))
        losses.append(output.loss)
    return torch.cat(scores), torch.stack(losses).mean()


def run(model, inputs, own_loss, weights):
    """Scores at the targets and the mean loss."""
    if isinstance(model, BertForQuestionAnswering):
        return run_questions(model, inputs)
    output = model(**inputs)
    logits, labels = output.logits, inputs["labels"]
    if logits.dim() == 3:
        logits, labels = logits[labels != IGNORED], labels[labels != IGNORED]
    return logits, output.loss if own_loss is None else own_loss(logits, labels, weights)


def correct(name, scores, targets):
    """Answers whose scores are highest at the right place; 0 for numbers."""
    labels = targets.get("labels")
    if name == "questions":
        ends = list(targets["ends"])
        groups = torch.tensor_split(scores, torch.tensor(ends[:-1]))
        return sum(int((group.argmax(0) == label).all()) for group, label in zip(groups, labels.reshape(-1, 2)))
    if name == "sets":
        return int(((scores > 0).float().flatten() == targets["values"]).reshape(scores.shape).all(1).sum())
    return 0 if labels is None else int((scores.argmax(-1) == labels).sum())


def case(name, encoder):
    kind, own_loss = CASES[name]
    reader = Reader(torch.Generator().manual_seed(13))
    model, inputs, targets = kind(reader)
    generator = torch.Generator().manual_seed(31)
    model = model.double().train()
    heads = set_weights(model, encoder, generator)
    weights = 0.25 + torch.rand(CLASSES, generator=generator).double()

    def forward_backward(model, inputs):
        model.zero_grad(set_to_none=True)
        scores, loss = run(model, inputs, own_loss, weights)
        loss.backward()
        return scores.detach(), loss.detach()

    scores, loss = forward_backward(model, inputs)
    reference = dict(logits=scores, loss=loss.reshape(1))
    reference |= {f"gradient/{key}": parameter.grad.clone() for key, parameter in model.named_parameters()}
    losses, norms = train(model, inputs, forward_backward)
    reference |= dict(step_losses=losses, gradient_norms=norms)
    arrays = {f"float64/{key}": value.double().contiguous() for key, value in reference.items()}
    arrays |= {f"weight/{key}": value for key, value in heads.items()}
    arrays |= {f"target/{key}": torch.tensor([int(number) for number in value], dtype=torch.int32) for key, value in targets.items() if key != "values"}
    if "values" in targets:
        arrays["target/values"] = targets["values"].float()
    arrays["correct"] = torch.tensor([correct(name, scores, targets)], dtype=torch.int32)
    if own_loss is not None:
        # Smoothing, gamma, the weights of the classes.
        factors = [SMOOTHING, 0.0] if own_loss is smoothed else [0.0, GAMMA]
        arrays["class_loss"] = torch.cat([torch.tensor(factors).double(), weights])
    print(name, type(model).__name__, "correct", arrays["correct"].item(), "losses", losses.tolist())
    return reader, arrays


def main():
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    encoder = encoder_weights(torch.Generator().manual_seed(20261129))
    for name in CASES:
        reader, arrays = case(name, encoder)
        save_file(arrays, directory / f"{name}.safetensors")
    save_file(encoder, directory / "encoder.safetensors")
    save_file({name: torch.tensor(value) for name, value in reader.packed.items()}, directory / "batch.safetensors")


if __name__ == "__main__":
    main()
