"""Baselines of docs/generation.md: what a model has to beat, by sacrebleu and scikit-learn.

usage: generation_baselines.py words DIRECTORY [N]  a data set of DefinedWords, the first N of the test part
       generation_baselines.py texts DIRECTORY [N]  a data set of VersePairs or ChineseVerses

"words" answers the words of the definitions whose TF-IDF vectors are nearest by cosine: of the training part, which cannot be right because no
held-out word is there; and of all parts but the definition itself, which holds the word only if it has a second definition.
"texts" answers the source itself, and the target of the nearest training source.
"""

import argparse
import json
import pathlib

import numpy
import sacrebleu
from sklearn.feature_extraction.text import TfidfVectorizer

TOP = 10


def rows(directory, part):
    with open(directory / f"{part}.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def nearest(vectorizer, known, asked, own=None):
    """The places of the known texts in falling order of cosine, for each asked text; own gives its own place, which is left out."""
    matrix = vectorizer.fit_transform(known)
    for i, scores in enumerate(vectorizer.transform(asked)):
        similarity = (matrix @ scores.T).toarray().ravel()
        if own is not None:
            similarity[own[i]] = -1
        yield numpy.argsort(-similarity, kind="stable")


def word_scores(tests, known, own=None):
    known_texts = [row["source"] for row in known]
    hits = numpy.zeros(2)
    for row, order in zip(tests, nearest(TfidfVectorizer(), known_texts, [row["source"] for row in tests], own)):
        words = []
        for place in order:
            for word in known[place]["words"]:
                if word not in words:
                    words.append(word)
            if len(words) >= TOP:
                break
        right = set(row["words"])
        hits += [words[0] in right, bool(right & set(words[:TOP]))]
    return {"top1": round(hits[0] / len(tests), 4), "top10": round(hits[1] / len(tests), 4)}


def words(directory, count):
    train, validation, everything_held_out = (rows(directory, part) for part in ("train", "validation", "test"))
    # A training definition has a line for each of its words.
    merged = {}
    for row in train:
        merged.setdefault(row["source"], []).append(row["target"])
    train = [{"source": text, "words": answers} for text, answers in merged.items()]
    everything = everything_held_out + train + validation
    test = everything_held_out[:count]
    definitions = {}
    for row in everything:
        for word in row["words"]:
            definitions[word] = definitions.get(word, 0) + 1
    findable = sum(any(definitions[word] > 1 for word in row["words"]) for row in test) / len(test)
    print(json.dumps({
        "definitions": len(test),
        "nearest_training_definition": word_scores(test, train),
        "nearest_other_definition": word_scores(test, everything, range(len(test))),
        "word_has_another_definition": round(findable, 4),
    }))


def text_scores(answers, targets):
    return {
        "exact": round(sum(a == t for a, t in zip(answers, targets)) / len(targets), 4),
        "chrf": round(sacrebleu.corpus_chrf(answers, [targets]).score, 2),
        "bleu": round(sacrebleu.corpus_bleu(answers, [targets]).score, 2),
    }


def texts(directory, count):
    train, test = rows(directory, "train"), rows(directory, "test")[:count]
    sources = [row["source"] for row in test]
    targets = [row["target"] for row in test]
    # Runs of characters suit Chinese, which has no blanks between words.
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3)) if directory.name.startswith("chinese") else TfidfVectorizer()
    found = [train[order[0]]["target"] for order in nearest(vectorizer, [row["source"] for row in train], sources)]
    print(json.dumps({"pairs": len(test), "copy": text_scores(sources, targets), "nearest": text_scores(found, targets)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["words", "texts"])
    parser.add_argument("directory", type=pathlib.Path)
    parser.add_argument("count", type=int, nargs="?")
    arguments = parser.parse_args()
    score = words if arguments.kind == "words" else texts
    score(arguments.directory, arguments.count)


main()
