"""Fine-tunes with transformers and PyTorch on the files that Cloze4J reads, and prints the test metrics as one line of JSON.

    python src/test/python/finetune_peer.py TASK --model DIR --train F --validation F --test F [--output DIR] [options]

TASK is one of
    classes    CSV or JSON lines with the columns text and label; accuracy, macro F1 and MCC. --windows cuts long texts into
               windows and averages their probabilities; without it texts are cut
    relations  CSV whose text marks two words by <e1>..</e1> and <e2>..</e2>; the head reads the states of both start markers; the same metrics
    tags       CoNLL, the word in the first and the tag in the last column; accuracy, and seqeval's entity F1 if the tags mark spans.
               Long sentences are scored in windows, so that every word counts
    questions  JSON of SQuAD 1.1 or 2.0; exact match and F1 as in the official script

The loop is the plain one of BERT fine-tuning: AdamW (decay 0.01 except biases and LayerNorm, beta 0.9 and 0.999, epsilon 1e-8),
linear rate with warm-up to 0, gradients clipped at norm 1, the order of every epoch drawn from the seed, no dropout but that of
config.json (or --dropout). After each epoch the validation file is scored. The test file is scored with the weights of the last epoch or, with --best, of
the epoch with the highest first metric of the task on the validation file; the earlier one of two equal epochs.

Needs torch, transformers and scikit-learn; the entity F1 of tags needs seqeval 1.2.2 on the path.
"""

import argparse
import collections
import csv
import json
import os
import re
import time

import numpy as np
import torch
from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef
from torch import nn
from transformers import (
    AutoConfig,
    AutoTokenizer,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
    set_seed,
)
from transformers.data.metrics.squad_metrics import compute_exact, compute_f1, normalize_answer
from transformers.utils import logging

IGNORED = -100
MARKERS = ["[E1]", "[/E1]", "[E2]", "[/E2]"]
MARKED = re.compile(r"<(/?)e([12])>")


def read_rows(path):
    if path.endswith(".csv"):
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read_conll(path):
    sentences, words = [], []
    with open(path, encoding="utf-8") as file:
        for line in [*file, "\n"]:
            columns = line.rstrip("\n").split("\t")
            if len(columns) > 1:
                words.append((columns[0], columns[-1]))
            elif words:
                sentences.append(words)
                words = []
    return sentences


def pad(rows, value):
    width = max(len(row) for row in rows)
    return torch.tensor([row + [value] * (width - len(row)) for row in rows])


class Task:
    """What the loop needs of a task: features of a file (dictionaries of lists of integers), a loss, and metrics of a file."""

    def __init__(self, options, tokenizer):
        self.options, self.tokenizer = options, tokenizer

    def name_classes(self, config):
        config.id2label = dict(enumerate(self.classes))
        config.label2id = {name: number for number, name in enumerate(self.classes)}

    def batch(self, features, names):
        fill = {"input_ids": self.tokenizer.pad_token_id, "labels": IGNORED}
        made = {name: pad([f[name] for f in features], fill.get(name, 0)) for name in names if isinstance(features[0][name], list)}
        made |= {name: torch.tensor([f[name] for f in features]) for name in names if not isinstance(features[0][name], list)}
        made["attention_mask"] = pad([[1] * len(f["input_ids"]) for f in features], 0)
        return made

    def outputs(self, model, features, names=("input_ids", "token_type_ids")):
        """The outputs of all features in their order, in batches of similar lengths."""
        model.eval()
        results = [None] * len(features)
        order = sorted(range(len(features)), key=lambda i: len(features[i]["input_ids"]))
        with torch.no_grad():
            for first in range(0, len(order), self.options.eval_batch_size):
                some = order[first : first + self.options.eval_batch_size]
                for i, result in zip(some, self.results(model, self.batch([features[i] for i in some], names))):
                    results[i] = result
        return results


class Classes(Task):
    names = ("input_ids", "token_type_ids", "labels")

    def labels(self, path):
        self.classes = sorted({row["label"].strip() for row in read_rows(path)})

    def model(self, directory, config):
        self.name_classes(config)
        return BertForSequenceClassification.from_pretrained(directory, config=config)

    def features(self, path, training):
        features = []
        for number, row in enumerate(read_rows(path)):
            windows = self.options.windows
            encoded = self.tokenizer(
                row["text"],
                truncation=True,
                max_length=self.options.max_length,
                stride=self.options.stride if windows else 0,
                return_overflowing_tokens=windows,
            )
            for ids in encoded["input_ids"] if windows else [encoded["input_ids"]]:
                features.append({"input_ids": ids, "token_type_ids": [0] * len(ids), "labels": self.classes.index(row["label"].strip()), "row": number})
        return features

    def loss(self, model, batch):
        return model(**batch).loss

    def results(self, model, batch):
        return model(**batch).logits.softmax(-1).numpy()

    def metrics(self, model, path):
        features = self.features(path, False)
        sums, gold = collections.defaultdict(float), {}
        for feature, probabilities in zip(features, self.outputs(model, features)):
            sums[feature["row"]] = sums[feature["row"]] + probabilities
            gold[feature["row"]] = feature["labels"]
        truth, predicted = [gold[row] for row in gold], [int(np.argmax(sums[row])) for row in gold]
        present = sorted(set(truth) | set(predicted))
        return {
            "accuracy": accuracy_score(truth, predicted),
            "macro_f1": f1_score(truth, predicted, labels=present, average="macro", zero_division=0),
            "mcc": matthews_corrcoef(truth, predicted),
            "rows": len(truth),
        }


class MarkerModel(nn.Module):
    """The states of both start markers, concatenated, into a linear layer ("Matching the blanks", arXiv 1906.03158)."""

    def __init__(self, directory, config, classes, words):
        super().__init__()
        self.bert = BertModel.from_pretrained(directory, config=config, add_pooling_layer=False)
        self.bert.resize_token_embeddings(words)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)
        self.classifier = nn.Linear(2 * config.hidden_size, classes)
        nn.init.normal_(self.classifier.weight, std=config.initializer_range)
        nn.init.zeros_(self.classifier.bias)

    def forward(self, input_ids, token_type_ids, attention_mask, first, second):
        states = self.bert(input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=attention_mask).last_hidden_state
        rows = torch.arange(len(first))
        return self.classifier(self.dropout(torch.cat([states[rows, first], states[rows, second]], -1)))


class Relations(Classes):
    names = ("input_ids", "token_type_ids", "labels", "first", "second")

    def model(self, directory, config):
        self.tokenizer.add_special_tokens({"additional_special_tokens": MARKERS})
        return MarkerModel(directory, config, len(self.classes), len(self.tokenizer))

    def features(self, path, training):
        features, cut = [], 0
        starts = [self.tokenizer.convert_tokens_to_ids(marker) for marker in ("[E1]", "[E2]")]
        for number, row in enumerate(read_rows(path)):
            text = MARKED.sub(lambda mark: f"[{mark.group(1)}E{mark.group(2)}]", row["text"])
            ids = self.tokenizer(text, truncation=True, max_length=self.options.max_length)["input_ids"]
            if not all(start in ids for start in starts):
                cut += 1
                continue
            label = self.classes.index(row["label"].strip())
            first, second = (ids.index(start) for start in starts)
            features.append({"input_ids": ids, "token_type_ids": [0] * len(ids), "labels": label, "first": first, "second": second, "row": number})
        if cut:
            raise SystemExit(f"{path}: {cut} records lose a marker at --max-length {self.options.max_length}")
        return features

    def loss(self, model, batch):
        labels = batch.pop("labels")
        return nn.functional.cross_entropy(model(**batch), labels)

    def outputs(self, model, features):
        return super().outputs(model, features, ("input_ids", "token_type_ids", "first", "second"))

    def results(self, model, batch):
        return model(**batch).softmax(-1).numpy()


class Tags(Task):
    names = ("input_ids", "token_type_ids", "labels")

    def labels(self, path):
        self.classes = sorted({tag for sentence in read_conll(path) for _, tag in sentence})

    def model(self, directory, config):
        self.name_classes(config)
        return BertForTokenClassification.from_pretrained(directory, config=config)

    def features(self, path, training):
        """The first piece of a word has its tag. A word that a window repeats is trained and scored in the window where its context is larger."""
        features = []
        for number, sentence in enumerate(read_conll(path)):
            encoded = self.tokenizer(
                [word for word, _ in sentence],
                is_split_into_words=True,
                truncation=True,
                max_length=self.options.max_length,
                stride=self.options.stride,
                return_overflowing_tokens=True,
            )
            best = {}
            for window in range(len(encoded["input_ids"])):
                words = encoded.word_ids(window)
                for place, word in enumerate(words):
                    if word is not None and (place == 0 or words[place - 1] != word):
                        context = min(place, len(words) - place)
                        if word not in best or context > best[word][0]:
                            best[word] = (context, window, place)
            for window, ids in enumerate(encoded["input_ids"]):
                labels = [IGNORED] * len(ids)
                for word, (_, its_window, place) in best.items():
                    if its_window == window:
                        labels[place] = self.classes.index(sentence[word][1])
                places = [(place, word) for word, (_, its_window, place) in best.items() if its_window == window]
                features.append({"input_ids": ids, "token_type_ids": [0] * len(ids), "labels": labels, "row": number, "places": places})
        return features

    def loss(self, model, batch):
        return model(**batch).loss

    def results(self, model, batch):
        return model(**batch).logits.argmax(-1).numpy()

    def metrics(self, model, path):
        sentences, features = read_conll(path), self.features(path, False)
        # A word without pieces, such as a control character, has the tag that is first in the list.
        predicted = [[self.classes[0]] * len(sentence) for sentence in sentences]
        for feature, ids in zip(features, self.outputs(model, features)):
            for place, word in feature["places"]:
                predicted[feature["row"]][word] = self.classes[ids[place]]
        truth = [[tag for _, tag in sentence] for sentence in sentences]
        flat = [t == p for row, guess in zip(truth, predicted) for t, p in zip(row, guess)]
        metrics = {"accuracy": sum(flat) / len(flat), "words": len(flat), "rows": len(sentences)}
        if all(tag == "O" or tag[:2] in ("B-", "I-") for tag in self.classes):
            from seqeval.metrics import f1_score as entity_f1, precision_score, recall_score

            entities = {"entity_f1": entity_f1(truth, predicted), "precision": precision_score(truth, predicted), "recall": recall_score(truth, predicted)}
            metrics = {key: float(value) for key, value in entities.items()} | metrics
        return metrics


class Questions(Task):
    names = ("input_ids", "token_type_ids", "start_positions", "end_positions")
    best, longest = 20, 30

    def labels(self, path):
        data = self.read(path)
        self.impossible = any(not q["answers"] for q in data)

    def model(self, directory, config):
        return BertForQuestionAnswering.from_pretrained(directory, config=config)

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8") as file:
            data = json.load(file)["data"]
        return [
            {"id": qa["id"], "question": qa["question"].lstrip(), "context": paragraph["context"], "answers": qa["answers"]}
            for article in data
            for paragraph in article["paragraphs"]
            for qa in paragraph["qas"]
        ]

    def features(self, path, training):
        features = []
        for number, question in enumerate(self.read(path)):
            encoded = self.tokenizer(
                question["question"],
                question["context"],
                truncation="only_second",
                max_length=self.options.max_length,
                stride=self.options.stride,
                return_overflowing_tokens=True,
                return_offsets_mapping=True,
            )
            for window, ids in enumerate(encoded["input_ids"]):
                offsets = [o if s == 1 else None for o, s in zip(encoded["offset_mapping"][window], encoded.sequence_ids(window))]
                feature = {"input_ids": ids, "token_type_ids": encoded["token_type_ids"][window], "offsets": offsets, "row": number}
                feature["start_positions"], feature["end_positions"] = self.positions(question, offsets)
                features.append(feature)
        return features

    @staticmethod
    def positions(question, offsets):
        """The first answer's pieces; [CLS] twice if the window does not hold all of the answer."""
        inside = [place for place, offset in enumerate(offsets) if offset]
        if not question["answers"] or not inside:
            return 0, 0
        start = question["answers"][0]["answer_start"]
        end = start + len(question["answers"][0]["text"])
        if offsets[inside[0]][0] > start or offsets[inside[-1]][1] < end:
            return 0, 0
        return max(p for p in inside if offsets[p][0] <= start), min(p for p in inside if offsets[p][1] >= end)

    def loss(self, model, batch):
        return model(**batch).loss

    def results(self, model, batch):
        outputs = model(**batch)
        return list(zip(outputs.start_logits.numpy(), outputs.end_logits.numpy()))

    def answers(self, model, path):
        """The best answer of each question as in run_qa: 20 best starts and ends of each window, at most 30 pieces long."""
        questions, features = self.read(path), self.features(path, False)
        found, null = collections.defaultdict(list), {}
        for feature, (start, end) in zip(features, self.outputs(model, features)):
            row, offsets = feature["row"], feature["offsets"]
            null[row] = min(null.get(row, np.inf), float(start[0] + end[0]))
            length = len(offsets)
            for s in np.argsort(-start[:length])[: self.best]:
                for e in np.argsort(-end[:length])[: self.best]:
                    if offsets[s] and offsets[e] and s <= e < s + self.longest:
                        found[row].append((float(start[s] + end[e]), offsets[s][0], offsets[e][1]))
        for row, question in enumerate(questions):
            score, start, end = max(found[row], default=(-np.inf, 0, 0))
            empty = self.impossible and null[row] > score
            yield question, "" if empty else question["context"][start:end]

    def metrics(self, model, path):
        exact, f1 = [], []
        for question, answer in self.answers(model, path):
            gold = [a["text"] for a in question["answers"] if normalize_answer(a["text"])] or [""]
            exact.append(max(compute_exact(g, answer) for g in gold))
            f1.append(max(compute_f1(g, answer) for g in gold))
        return {"f1": 100 * float(np.mean(f1)), "exact": 100 * float(np.mean(exact)), "rows": len(exact)}


TASKS = {"classes": Classes, "relations": Relations, "tags": Tags, "questions": Questions}


def optimizer(model, options):
    plain = [p for n, p in model.named_parameters() if n.endswith(".bias") or "LayerNorm" in n]
    decayed = [p for n, p in model.named_parameters() if not (n.endswith(".bias") or "LayerNorm" in n)]
    groups = [{"params": decayed, "weight_decay": options.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=options.lr, betas=(0.9, 0.999), eps=1e-8)


def train(task, model, options, features):
    adamw = optimizer(model, options)
    per_epoch = -(-len(features) // options.batch_size)
    steps = options.steps or per_epoch * options.epochs
    warmup = int(options.warmup * steps) if options.warmup < 1 else int(options.warmup)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        adamw, lambda step: step / max(1, warmup) if step < warmup else (steps - step) / max(1, steps - warmup)
    )
    order = np.random.default_rng(options.seed)
    history, best, step = [], None, 0
    while step < steps:
        model.train()
        losses = []
        permutation = order.permutation(len(features))
        for first in range(0, len(features), options.batch_size):
            if step == steps:
                break
            batch = task.batch([features[i] for i in permutation[first : first + options.batch_size]], task.names)
            loss = task.loss(model, batch)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adamw.step()
            schedule.step()
            adamw.zero_grad()
            losses.append(float(loss.detach()))
            step += 1
        scores = task.metrics(model, options.validation)
        history.append({"step": step, "train_loss": float(np.mean(losses)), **scores})
        if options.best and (best is None or next(iter(scores.values())) > best[0]):
            best = (next(iter(scores.values())), {name: value.clone() for name, value in model.state_dict().items()})
    if best:
        model.load_state_dict(best[1])
    return steps, history


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=TASKS)
    for name in ("model", "train", "validation", "test"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--output", help="directory for the fine-tuned model (all tasks but relations)")
    parser.add_argument("--limit", type=int, default=0, help="use only the first N records of the training file")
    parser.add_argument("--lr", type=float, default=5e-5)
    parser.add_argument("--warmup", type=float, default=0.1, help="share of the steps, or a number of steps from 1")
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--eval-batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--steps", type=int, default=0, help="steps in the place of epochs")
    parser.add_argument("--max-length", type=int, default=128)
    parser.add_argument("--stride", type=int, default=32, help="pieces that two windows of a text share")
    parser.add_argument("--windows", action="store_true")
    parser.add_argument("--dropout", type=float, help="in the place of config.json's")
    parser.add_argument("--random-weights", action="store_true", help="take only the shape and the tokenizer from the model")
    parser.add_argument("--best", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=int(os.environ.get("OMP_NUM_THREADS", "2")))
    return parser.parse_args()


def main():
    options = arguments()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    set_seed(options.seed)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    config = AutoConfig.from_pretrained(options.model)
    if options.dropout is not None:
        config.hidden_dropout_prob = config.attention_probs_dropout_prob = options.dropout
    task = TASKS[options.task](options, tokenizer)
    task.labels(options.train)
    model = task.model(options.model, config)
    if options.random_weights:
        for module in model.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=config.initializer_range)
                if getattr(module, "bias", None) is not None:
                    nn.init.zeros_(module.bias)
                if getattr(module, "padding_idx", None) is not None:
                    module.weight.data[module.padding_idx].zero_()
            elif isinstance(module, nn.LayerNorm):
                module.reset_parameters()
    features = task.features(options.train, True)
    if options.limit:
        features = [feature for feature in features if feature["row"] < options.limit]
    started = time.time()
    steps, history = train(task, model, options, features)
    seconds = time.time() - started
    result = {"task": options.task, "model": options.model, "seed": options.seed, "lr": options.lr, "steps": steps, "seconds": round(seconds, 1)}
    result |= {"test": task.metrics(model, options.test), "validation": history, "features": len(features)}
    if options.output:
        model.save_pretrained(options.output)
        tokenizer.save_pretrained(options.output)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
