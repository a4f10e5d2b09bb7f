"""Writes src/test/resources/metrics/*.json: what the reference implementations answer for random and for awkward inputs.

    python src/test/python/make_metrics_fixture.py src/test/resources/metrics

Made with scikit-learn 1.9.1, SciPy 1.17.1, NumPy 2.4, transformers 5.18 (squad_metrics, which follows SQuAD's evaluate-v2.0.py) and
seqeval 1.2.2. The rules of evaluate-v1.1.py and of CMRC 2018 are written anew here, from their description. The Java test
MetricsReferenceTest computes the same with Cloze4J and compares to 1e-12.

NaN is written as null.
"""

import json
import math
import random
import re
import string
import sys
import warnings
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scipy.stats import pearsonr, rankdata, spearmanr
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1, IOB2, IOBES, Entities
from sklearn.dummy import DummyClassifier
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    label_ranking_average_precision_score,
    matthews_corrcoef,
    mean_absolute_error,
    mean_squared_error,
    precision_recall_fscore_support,
    roc_auc_score,
)
from transformers.data.metrics.squad_metrics import normalize_answer, squad_evaluate

warnings.filterwarnings("ignore")
SEED = 20261128
AVERAGES = ("micro", "macro", "weighted")


def number(value):
    return None if math.isnan(value) else float(value)


def averages(gold, predicted, names, **options):
    return {name: [number(x) for x in precision_recall_fscore_support(gold, predicted, average=name, zero_division=0, **options)[:3]]
            for name in names}


def single_label(rng):
    inputs = []
    for rows, classes in ((1, 1), (1, 3), (5, 2), (40, 2), (200, 3), (300, 7), (500, 20)):
        gold = [min(int(rng.expovariate(0.6)), classes - 1) for _ in range(rows)]
        predicted = [g if rng.random() < 0.6 else rng.randrange(classes) for g in gold]
        inputs.append((classes, gold, predicted))
    inputs += [
        (2, [0, 0, 1, 1], [1, 1, 0, 0]),
        (2, [0, 0, 1, 1], [0, 0, 0, 0]),
        (2, [1, 1, 1], [1, 1, 1]),
        (3, [0, 0, 0], [2, 2, 2]),
        (4, [0, 1, 0, 1], [0, 1, 1, 3]),
        (5, [0, 1, 2, 3, 3], [0, 1, 2, 3, 3]),
    ]
    cases = []
    for classes, gold, predicted in inputs:
        labels = list(range(classes))
        per_class = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=0)
        train = [rng.randrange(classes) for _ in range(7)]
        dummy = DummyClassifier(strategy="most_frequent").fit(np.zeros((len(train), 1)), train)
        cases.append({
            "classes": classes, "gold": gold, "predicted": predicted,
            "confusion": confusion_matrix(gold, predicted, labels=labels).tolist(),
            "accuracy": accuracy_score(gold, predicted),
            "mcc": matthews_corrcoef(gold, predicted),
            "per_class": [[float(x) for x in row] for row in zip(*per_class)],
            "train": train, "majority": int(dummy.predict([[0]])[0]),
            **averages(gold, predicted, AVERAGES),
        })
    return cases


def multi_label(rng):
    shapes = [(1, 2, 0.5), (8, 3, 0.0), (50, 4, 0.3), (200, 6, 0.2), (30, 5, 0.9)]
    cases = []
    for rows, labels, share in shapes:
        gold = [[int(rng.random() < share) for _ in range(labels)] for _ in range(rows)]
        predicted = [[g if rng.random() < 0.7 else 1 - g for g in row] for row in gold]
        if rows == 50:
            for row in gold + predicted:
                row[2] = 0
        g, p = np.array(gold), np.array(predicted)
        per_label = precision_recall_fscore_support(g, p, zero_division=0)
        dummy = DummyClassifier(strategy="most_frequent").fit(np.zeros((rows, 1)), g)
        cases.append({
            "gold": gold, "predicted": predicted, "subset_accuracy": accuracy_score(g, p),
            "per_label": [[float(x) for x in row] for row in zip(*per_label)],
            "majority": [int(x) for x in dummy.predict([[0]])[0]],
            **averages(g, p, AVERAGES + ("samples",)),
        })
    return cases


def regression(rng):
    pairs = [([1.0], [2.0]), ([1.0, 2.0], [5.0, 3.0]), ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [0.5, 0.5, 0.5]),
             ([0.0, -0.0, 1.0], [1.0, 2.0, 3.0]), ([1e150, 2e150, 5e150], [1.0, 2.0, 2.5]), ([1e-200, 2e-200, 5e-200], [1.0, 2.0, 1.5])]
    for rows in (3, 20, 300):
        gold = [rng.gauss(0, 1) for _ in range(rows)]
        pairs.append((gold, [g + rng.gauss(0, 0.7) for g in gold]))
        ties = [rng.randrange(6) / 2.0 for _ in range(rows)]
        pairs.append((ties, [round(t + rng.gauss(0, 1)) for t in ties]))
    cases = []
    for gold, predicted in pairs:
        long_enough = len(gold) > 1
        cases.append({
            "gold": gold, "predicted": [float(p) for p in predicted],
            "pearson": number(pearsonr(gold, predicted)[0]) if long_enough else None,
            "spearman": number(spearmanr(gold, predicted)[0]) if long_enough else None,
            "mse": number(mean_squared_error(gold, predicted)), "mae": number(mean_absolute_error(gold, predicted)),
            "ranks": rankdata(gold).tolist(),
        })
    return cases


def auc(rng):
    inputs = [([1, 0], [0.5, 0.5]), ([1, 0], [0.1, 0.2]), ([1, 1], [0.1, 0.2]), ([0, 0, 0], [1, 2, 3])]
    for rows in (10, 100, 500):
        gold = [int(rng.random() < 0.3) for _ in range(rows)]
        inputs.append((gold, [rng.gauss(g, 1) for g in gold]))
        inputs.append((gold, [float(round(rng.gauss(g, 1))) for g in gold]))
    return [{"gold": g, "scores": [float(x) for x in s], "auc": number(roc_auc_score(g, s)) if len(set(g)) == 2 else None}
            for g, s in inputs]


def ranking(rng):
    cases = []
    for rows, candidates in ((1, 1), (20, 4), (50, 10)):
        scores = [[float(rng.randrange(5)) if row % 2 else rng.gauss(0, 1) for _ in range(candidates)] for row in range(rows)]
        right = [rng.randrange(candidates) for _ in range(rows)]
        indicator = [[int(c == r) for c in range(candidates)] for r in right]
        value = label_ranking_average_precision_score(indicator, scores) if candidates > 1 else 1.0
        cases.append({"scores": scores, "right": right, "mrr": float(value)})
    return cases


def entity_scores(gold, predicted, names, **options):
    scores = {}
    for average in AVERAGES + (None,):
        values = [f(gold, predicted, average=average, zero_division=0, **options) for f in (precision_score, recall_score, f1_score)]
        if average is None:
            scores["per_type"] = [[float(x) for x in row] for row in zip(*values)]
            assert len(scores["per_type"]) == len(names)
        else:
            scores[average] = [float(np.nan_to_num(x)) for x in values]
    return scores


def entity_case(gold, predicted, schemes):
    lenient = [[[t, s, e + 1] for t, s, e in get_entities(tags)] for tags in predicted]
    types = sorted({t for tags in gold + predicted for t, _, _ in get_entities(tags)})
    case = {"gold": gold, "predicted": predicted,
            "lenient": {"entities": lenient, "types": types, **entity_scores(gold, predicted, types)}}
    for scheme in schemes:
        found = Entities(predicted, scheme)
        strict = [[[e.tag, e.start, e.end] for e in sentence] for sentence in found.entities]
        types = sorted(Entities(gold, scheme).unique_tags | found.unique_tags)
        name = {"IOBES": "BIOES"}.get(scheme.__name__, scheme.__name__)
        scores = entity_scores(gold, predicted, types, mode="strict", scheme=scheme)
        case[name] = {"entities": strict, "types": types, **scores}
    return case


def entities(rng):
    # No entity at all is left out here: seqeval's macro average is then the mean of nothing.
    traps = [
        # The example of seqeval's README, on which the two modes differ.
        ([["B-NP", "I-NP", "O"]], [["I-NP", "I-NP", "O"]]),
        ([["O", "O", "O", "B-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]],
         [["O", "O", "B-MISC", "I-MISC", "I-MISC", "I-MISC", "O"], ["B-PER", "I-PER", "O"]]),
        # I without B, at the start, after O and after another type.
        ([["I-A", "O", "I-A", "I-B"]], [["B-A", "O", "B-A", "B-B"]]),
        # The type changes inside.
        ([["B-A", "I-A", "I-A"]], [["B-A", "I-B", "I-A"]]),
        ([["B-A", "I-B", "O"]], [["B-A", "O", "O"]]),
        # Nothing is predicted; everything is predicted.
        ([["B-A", "I-A", "O", "B-B"]], [["O", "O", "O", "O"]]),
        ([["O", "O", "O", "O"]], [["B-A", "I-A", "O", "B-B"]]),
        # Neighbours of one type, and an entity that ends its sentence before one that begins the next.
        ([["B-A", "B-A", "I-A"]], [["B-A", "I-A", "I-A"]]),
        ([["O", "B-A"], ["I-A", "O"]], [["O", "B-A"], ["B-A", "O"]]),
        # Tags without types, types with hyphens, sentences without words.
        ([["B", "I", "O", "B"]], [["B", "I", "O", "I"]]),
        ([["B-ORG-COMPANY", "I-ORG-COMPANY", "O"]], [["B-ORG-COMPANY", "I-ORG-X", "O"]]),
        ([[], ["B-A"]], [[], ["B-A"]]),
    ]
    cases = [entity_case(gold, predicted, (IOB1, IOB2)) for gold, predicted in traps]
    bioes = [
        ([["S-A", "O", "B-B", "I-B", "E-B"]], [["S-A", "O", "B-B", "I-B", "E-B"]]),
        ([["B-A", "E-A", "O", "S-B"]], [["B-A", "I-A", "O", "S-B"]]),
        ([["B-A", "E-A", "S-A"]], [["B-A", "E-B", "S-A"]]),
        ([["B-A", "I-A", "E-A", "E-A"]], [["I-A", "E-A", "E-A", "I-A"]]),
        ([["S-A", "S-A", "O"]], [["S-A", "I-A", "E-A"]]),
    ]
    cases += [entity_case(gold, predicted, (IOBES,)) for gold, predicted in bioes]
    for prefixes, schemes, rounds in (("BI", (IOB1, IOB2), 6), ("BIES", (IOBES,), 6)):
        tags = ["O", "O"] + [f"{p}-{t}" for p in prefixes for t in ("PER", "LOC", "MISC")]
        for _ in range(rounds):
            lengths = [rng.randrange(12) for _ in range(15)]
            gold = [[rng.choice(tags) for _ in range(n)] for n in lengths]
            predicted = [[t if rng.random() < 0.7 else rng.choice(tags) for t in sentence] for sentence in gold]
            cases.append(entity_case(gold, predicted, schemes))
    return cases


TEXTS = ["the Cat", "a cat!", "Cat", "cats and the dogs", "U.S.A.", "usa", "an apple a day", "The", "a", "", " ", "!?", "naïve café",
         "Don't", "dont", "Zürich\u00a0See", "ΑΣ", "Straße", "a\u0301b c", "3.14", "well-known fact", "the-end", "A_B", "人 a 人", "½ the",
         "10,000 men", "x\u2003y\u200bz", "cat cat dog", "dog cat", "dog  dog cat cat"]


def v1_exact(gold, predicted):
    return float(any(normalize_answer(g) == normalize_answer(predicted) for g in gold))


def v1_f1(gold, predicted):
    best = 0.0
    for answer in gold:
        g, p = normalize_answer(answer).split(), normalize_answer(predicted).split()
        same = sum((Counter(g) & Counter(p)).values())
        best = max(best, 2 * (same / len(p)) * (same / len(g)) / (same / len(p) + same / len(g)) if same else 0.0)
    return best


CMRC_MARKS = set("-:_*^/\\~`+=，。：？！“”；’《》·、「」（）－～『』")
CMRC_TEXTS = ["北京大学", "《北京大学》", "在北京。", "1998年", "1998年5月", "3.5公里", "约3.5 公里", "BERT模型", "bert 模型", "a-b", "ab", "……", "…",
              "", "，", "Hello, World", "hello world", "中国（北京）", "中国北京市", "㐀北"]


def cmrc_stripped(text):
    return "".join(c for c in text.lower().strip() if c not in CMRC_MARKS)


def cmrc_segments(text):
    words = r"[\u4e00-\u9fa5]|(?:[^\s\u4e00-\u9fa5" + re.escape(string.punctuation) + r"]|(?<=\d)[.,](?=\d))+|[" \
            + re.escape(string.punctuation) + "]"
    return re.findall(words, cmrc_stripped(text))


def cmrc_f1(gold, predicted):
    best = 0.0
    p = cmrc_segments(predicted)
    for answer in gold:
        g = cmrc_segments(answer)
        longest = max((n for n in range(len(g) + 1) for i in range(len(g) - n + 1) for j in range(len(p) - n + 1)
                       if g[i:i + n] == p[j:j + n]), default=0)
        if longest:
            precision, recall = longest / len(p), longest / len(g)
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


def answers(rng):
    normalised = [{"text": text, "normalised": normalize_answer(text)} for text in TEXTS]
    v1 = []
    for _ in range(60):
        gold, predicted = rng.sample(TEXTS, rng.randrange(1, 4)), rng.choice(TEXTS)
        v1.append({"gold": gold, "predicted": predicted, "exact": v1_exact(gold, predicted), "f1": v1_f1(gold, predicted)})
    cmrc = []
    for _ in range(60):
        gold, predicted = rng.sample(CMRC_TEXTS, rng.randrange(1, 4)), rng.choice(CMRC_TEXTS)
        exact = float(any(cmrc_stripped(g) == cmrc_stripped(predicted) for g in gold))
        cmrc.append({"gold": gold, "predicted": predicted, "exact": exact, "f1": cmrc_f1(gold, predicted)})
    sets = []
    for rows, answerable, negative in ((1, 1.0, False), (1, 0.0, False), (40, 1.0, False), (40, 0.5, False), (120, 0.5, True), (30, 0.0, False)):
        questions = []
        for row in range(rows):
            gold = rng.sample(TEXTS, rng.randrange(1, 4)) if rng.random() < answerable else []
            predicted = rng.choice(gold) if gold and rng.random() < 0.6 else rng.choice(TEXTS)
            # The likelier an answer is right, the lower is the score; the first question keeps the lowest score above or below 0.
            score = rng.random() + (0 if gold else 0.3) - (0.8 if negative else 0)
            questions.append({"gold": gold, "predicted": predicted, "no_answer": score})
        examples = [SimpleNamespace(qas_id=str(i), answers=[{"text": g} for g in q["gold"]]) for i, q in enumerate(questions)]
        predictions = {str(i): q["predicted"] for i, q in enumerate(questions)}
        scores = {str(i): q["no_answer"] for i, q in enumerate(questions)}
        threshold = 0.5
        sets.append({"questions": questions, "threshold": threshold,
                     "expected": squad_evaluate(examples, predictions, scores, threshold),
                     "all_given": squad_evaluate(examples, predictions, scores, 1e9)})
    return {"normalised": normalised, "v1": v1, "cmrc": cmrc, "v2": sets}


def percentiles(rng):
    cases = []
    for count in (1, 2, 3, 40, 1000):
        values = sorted(rng.gauss(0, 1) for _ in range(count))
        if count == 1000:
            values = values[::7]
        cases.append({"sorted": values, "low": float(np.percentile(values, 2.5)), "high": float(np.percentile(values, 97.5))})
    return cases


def main(directory):
    print("seed", SEED)
    makers = {"single-label": single_label, "multi-label": multi_label, "regression": regression, "auc": auc, "ranking": ranking,
              "entities": entities, "answers": answers, "percentiles": percentiles}
    for i, (name, make) in enumerate(makers.items()):
        content = {"seed": SEED + i, "cases": make(random.Random(SEED + i))}
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        (Path(directory) / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
