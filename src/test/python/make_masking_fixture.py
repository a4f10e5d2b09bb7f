"""Writes src/test/resources/masking/statistics.json: what the references mask, counted over many rows.

    python src/test/python/make_masking_fixture.py src/test/resources/masking/statistics.json

Made with torch 2.13 and transformers 5.18. "hf" is the real DataCollatorForLanguageModeling. The others are written anew here, from
the descriptions of the algorithms, each from lists of tokens and with Python's own random numbers: "google" and "whole-word" after
google-research/bert (create_pretraining_data.py), "n-gram" after google-research/albert (the same file), "span" after
facebookresearch/SpanBERT (PairWithSpanMaskingScheme, whose fates are drawn for each run of masked tokens). The Java test
MaskingReferenceTest counts the same of Cloze4J's masks and compares the distributions.

Every row is [CLS], the words of one document, [SEP].
"""

import json
import math
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import torch
from transformers import BertTokenizerFast, DataCollatorForLanguageModeling

ROWS = 50_000
PROBABILITY = 0.15
VOCABULARY, FIRST_WORD, FIRST_CONTINUING = 1000, 5, 500
CLS, SEP, MASK = 2, 3, 4
SINGLE = [1] * 40
MIXED = [1, 1, 2, 1, 3, 1, 1, 2, 1, 5] * 3


def vocabulary():
    words = [f"w{i}" for i in range(FIRST_WORD, FIRST_CONTINUING)]
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + words + [f"##w{i}" for i in range(FIRST_CONTINUING, VOCABULARY)]


def row_of(word_lengths, rng):
    ids = [CLS]
    for length in word_lengths:
        ids.append(rng.randrange(FIRST_WORD, FIRST_CONTINUING))
        ids += [rng.randrange(FIRST_CONTINUING, VOCABULARY) for _ in range(length - 1)]
    return ids + [SEP]


def fate(token, lot, rng):
    if lot < 0.8:
        return MASK
    return rng.randrange(VOCABULARY) if lot < 0.9 else token


def words_of(ids):
    """A list of words, each a list of positions."""
    words = []
    for position in range(1, len(ids) - 1):
        if ids[position] >= FIRST_CONTINUING and words:
            words[-1].append(position)
        else:
            words.append([position])
    return words


def rounded(ids):
    return max(1, round(len(ids) * PROBABILITY))


def google(ids, rng):
    positions = list(range(1, len(ids) - 1))
    rng.shuffle(positions)
    return positions[: rounded(ids)]


def whole_word(ids, rng):
    words, budget, masked = words_of(ids), rounded(ids), []
    rng.shuffle(words)
    for word in words:
        if len(masked) + len(word) <= budget:
            masked += word
    return masked


def n_gram(ids, rng):
    words, budget, masked = words_of(ids), rounded(ids), set()
    starts = list(range(len(words)))
    rng.shuffle(starts)
    for start in starts:
        if len(masked) == budget:
            break
        wanted = rng.choices([1, 2, 3], weights=[1, 1 / 2, 1 / 3])[0]
        for count in range(wanted, 0, -1):
            gram = sum(words[start : start + count], [])
            if len(masked) + len(gram) <= budget:
                if masked.isdisjoint(gram):
                    masked.update(gram)
                break
    return masked


def span(ids, rng):
    """Words of one token only: the reference cuts words, and Cloze4J does not."""
    count = len(ids) - 2
    budget, masked = math.ceil(count * PROBABILITY), set()
    weights = [0.2 * 0.8**i for i in range(10)]
    while len(masked) < budget:
        length = rng.choices(range(1, 11), weights=weights)[0]
        start = 1 + rng.randrange(count)
        if start in masked:
            continue
        for position in range(start, min(start + length, count + 1)):
            if len(masked) < budget:
                masked.add(position)
    return masked


def by_hand(choose, word_lengths, alike, rng):
    for _ in range(ROWS):
        before = row_of(word_lengths, rng)
        after, masked, lot = list(before), sorted(choose(before, rng)), 0.0
        for index, position in enumerate(masked):
            if not (alike and index and masked[index - 1] == position - 1):
                lot = rng.random()
            after[position] = fate(before[position], lot, rng)
        yield before, after, masked


def by_hugging_face(word_lengths, rng):
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "vocab.txt"
        file.write_text("\n".join(vocabulary()) + "\n")
        tokenizer = BertTokenizerFast(vocab=str(file))
    assert len(tokenizer) == VOCABULARY and tokenizer.mask_token_id == MASK
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=PROBABILITY, seed=7)
    for _ in range(ROWS // 1000):
        before = [row_of(word_lengths, rng) for _ in range(1000)]
        batch = collator([{"input_ids": ids} for ids in before])
        for ids, after, labels in zip(before, batch["input_ids"].tolist(), batch["labels"].tolist()):
            yield ids, after, [position for position, label in enumerate(labels) if label != -100]


def statistics(word_lengths, rows):
    """Counters by name; keys are numbers but for fates."""
    masked_per_row, run_lengths, fates, long_runs = Counter(), Counter(), Counter(), Counter()
    for before, after, masked in rows:
        masked_per_row[len(masked)] += 1
        runs = []
        for position in masked:
            if runs and runs[-1][-1] == position - 1:
                runs[-1].append(position)
            else:
                runs.append([position])
        for run in runs:
            run_lengths[len(run)] += 1
            run_fates = [
                "mask" if after[p] == MASK else "kept" if after[p] == before[p] else "random" for p in run
            ]
            # Once a run: those of a run are not independent where they are drawn once.
            fates[run_fates[0]] += 1
            if len(run) > 1:
                long_runs["alike" if len(set(run_fates)) == 1 else "mixed"] += 1
    named = dict(masked_per_row=masked_per_row, run_lengths=run_lengths, fates=fates, long_runs=long_runs)
    return dict(
        word_lengths=word_lengths,
        **{name: {str(key): count for key, count in sorted(counter.items())} for name, counter in named.items()},
    )


def main():
    rng = random.Random(20260101)
    torch.set_num_threads(1)
    result = {
        "hf": statistics(SINGLE, by_hugging_face(SINGLE, rng)),
        "google": statistics(SINGLE, by_hand(google, SINGLE, False, rng)),
        "whole-word": statistics(MIXED, by_hand(whole_word, MIXED, False, rng)),
        "n-gram": statistics(MIXED, by_hand(n_gram, MIXED, False, rng)),
        "span": statistics(SINGLE, by_hand(span, SINGLE, True, rng)),
    }
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    document = dict(rows=ROWS, probability=PROBABILITY, masking=result)
    path.write_text(json.dumps(document, indent=1) + "\n")
    for name, numbers in result.items():
        print(name, numbers["masked_per_row"], numbers["run_lengths"], numbers["fates"], numbers["long_runs"])


if __name__ == "__main__":
    main()
