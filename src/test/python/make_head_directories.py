"""Writes src/test/resources/pretrained/heads: fine-tuned models as transformers saves them, and what it computes with them.

    python src/test/python/make_head_directories.py src/test/resources/pretrained/heads

Made with torch 2.13 and transformers 5.18. The Java test HeadDirectoriesTest compares Cloze4J with these numbers, and ONNX Runtime with
Cloze4J. Shapes, weights and the tokenizer are those of make_model_directories.py. Scores are computed in double precision. transformers
has no class for relations with entity markers: it is written here as one of its models would be.
"""

import json
import sys
from pathlib import Path

import torch
import transformers
from make_model_directories import build, remove, tokenizer_files
from transformers import AutoConfig, AutoTokenizer, BertModel, BertPreTrainedModel

TEXTS = [
    ("The cat sat on the mat.", None),
    ("a small Café, and 李白 by the sea!", "the old king ran"),
    ("a dog", "in the red house."),
]
ARCHITECTURE = "BertForRelationClassification"


class BertForRelationClassification(BertPreTrainedModel):
    """Classes from the states of two markers, side by side: "entity start" of Baldini Soares et al. (2019)."""

    def __init__(self, config):
        super().__init__(config)
        self.bert = BertModel(config, add_pooling_layer=False)
        self.classifier = torch.nn.Linear(2 * config.hidden_size, config.num_labels)
        self.post_init()

    def forward(self, input_ids, token_type_ids, markers):
        states = self.bert(input_ids=input_ids, token_type_ids=token_type_ids).last_hidden_state
        return self.classifier(torch.cat([states[:, markers[0]], states[:, markers[1]]], dim=-1))


def labels(*names):
    return dict(id2label=dict(enumerate(names)), label2id={name: index for index, name in enumerate(names)})


# The fields as the Trainer of transformers leaves them; "plain" has none of them, as after num_labels=3.
DIRECTORIES = {
    "classes": ("BertForSequenceClassification", dict(classifier_dropout=0.25, problem_type="single_label_classification") | labels("no", "maybe", "a \"yes\"")),
    "plain": ("BertForSequenceClassification", dict(num_labels=3)),
    "sets": ("BertForSequenceClassification", dict(problem_type="multi_label_classification") | labels("red", "青", "blue", "grün")),
    "numbers": ("BertForSequenceClassification", dict(num_labels=1)),
    "two-numbers": ("BertForSequenceClassification", dict(problem_type="regression") | labels("valence", "arousal")),
    "tags": ("BertForTokenClassification", dict(classifier_dropout=0.0) | labels("O", "B-PER", "I-PER")),
    "questions": ("BertForQuestionAnswering", {}),
    "choices": ("BertForMultipleChoice", {}),
    "relations": (ARCHITECTURE, labels("none", "child", "parent")),
}


def kind(architecture):
    return BertForRelationClassification if architecture == ARCHITECTURE else getattr(transformers, architecture)


def scores(model, answer):
    """The scores of a head at the rows that it reads: [inputs, outputs]."""
    ids, types = (torch.tensor([answer[name]]) for name in ("ids", "types"))
    with torch.no_grad():
        if isinstance(model, BertForRelationClassification):
            return model(ids, types, answer["rows"])
        if model.__class__.__name__ == "BertForMultipleChoice":
            return model(input_ids=ids[None], token_type_ids=types[None]).logits
        output = model(input_ids=ids, token_type_ids=types)
    if model.__class__.__name__ == "BertForQuestionAnswering":
        return torch.stack([output.start_logits[0], output.end_logits[0]], dim=-1)
    return output.logits[0] if output.logits.dim() == 3 else output.logits


def rows(architecture, length):
    if architecture in ("BertForTokenClassification", "BertForQuestionAnswering"):
        return list(range(length))
    # In one of the texts the first marker would be behind the second one.
    return [length - 2, 1] if architecture == ARCHITECTURE else [0]


def main():
    root = Path(sys.argv[1])
    torch.set_num_threads(1)
    for seed, (name, (architecture, changes)) in enumerate(DIRECTORIES.items()):
        directory = root / name
        directory.mkdir(parents=True, exist_ok=True)
        remove(directory, *(path.name for path in directory.iterdir()))
        build(kind(architecture), seed, **changes).save_pretrained(directory)
        tokenizer_files(directory, do_lower_case=False)
        remove(directory, "vocab.txt", "special_tokens_map.json")
        assert AutoConfig.from_pretrained(directory).architectures == [architecture]
        model = kind(architecture).from_pretrained(directory, attn_implementation="eager").double().eval()
        tokenizer = AutoTokenizer.from_pretrained(directory)
        answers = []
        for text, pair in TEXTS:
            encoded = tokenizer(text, pair)
            ids = encoded["input_ids"]
            answer = dict(ids=ids, types=encoded["token_type_ids"], rows=rows(architecture, len(ids)))
            answers.append(answer | dict(scores=scores(model, answer).tolist()))
        (directory / "expected.json").write_text(json.dumps(dict(answers=answers)) + "\n", encoding="utf-8")
        for path in directory.iterdir():
            path.chmod(0o644)
        print(name, sorted((path.name, path.stat().st_size) for path in directory.iterdir()))


if __name__ == "__main__":
    main()
