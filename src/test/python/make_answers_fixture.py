"""Writes src/test/resources/answers: models of transformers that answer questions and choose, and what they and run_qa make of texts.

    python src/test/python/make_answers_fixture.py src/test/resources/answers

Made with torch 2.13 and transformers 5.18 on a CPU. Windows are cut here and not by tokenizers 0.23, which transformers 5.18 demands: it
drops all tokens of the context after the first max_length (https://github.com/huggingface/tokenizers/issues/2091). tokenizers 0.22.2 makes
the same windows as this script: with it on the path, `check_answers_fixture.py` compares them.

- tiny-qa, tiny-choice: directories of a BertForQuestionAnswering and a BertForMultipleChoice.
- questions.json: windows of questions and contexts, their gold positions, the scores of tiny-qa, the n best answers and the final answer.
- choices.json: the scores of tiny-choice.

The rules for questions are written anew from the documented behaviour of transformers' run_qa example (features and post-processing)
and, for maximal context, of Google's run_squad. Positions in texts are UTF-16 units, as Java counts them.

The Java tests QuestionAnswererTest, AnswerSearchTest, QuestionAnsweringDataTest and ChoiceAnswererTest compare Cloze4J with these numbers.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertForMultipleChoice, BertForQuestionAnswering, BertTokenizer

WORDS = """the a of to and in is was for on with cat dog sat ran mat house tree bird sang red green small big old king queen who what where
river sea ship fish . , ! ? ' - é ##s ##ed ##ing un ##do ##able play eat did near""".split()
CHINESE = list("李白杜甫是谁在哪里出生于唐朝诗人的家乡北京长安，。？") + ["\U00020000", "\U0001F600"]
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS + CHINESE
NO_ANSWER = None

LONG = ("The old king sat in a big house near the river. A small bird sang on the red tree, and the queen was in the green ship. "
        "The cat ran to the sea with a fish! Undoable, played, eats. The dog sat on the mat.")
LI_BAI = "李白是\U00020000唐朝诗人。\U0001F600李白出生于长安，家乡是北京。杜甫的家乡在哪里？杜甫是唐朝的诗人，在长安。"

# Question, context, gold answer (text and which occurrence), tokens of a window, overlap.
QUESTIONS = [
    ("Who sat on the mat?", "The cat sat on the mat.", ("cat", 0), 48, 16),
    ("  \u3000 Who sat in the house?", LONG, ("old king", 0), 32, 8),
    ("What sang?", LONG, ("A small bird", 0), 24, 12),
    ("Where was the queen?", LONG, ("in the green ship", 0), 40, 20),
    ("What sat first?", LONG, ("The", 0), 30, 10),
    ("What sat last?", LONG, ("the mat.", 0), 30, 10),
    ("What is there?", LONG, ("o", 1), 36, 18),
    ("What did they do?", LONG, ("ndoable, play", 0), 28, 9),
    ("What is all?", LONG, (LONG[4:200], 0), 26, 6),
    ("Is there no answer?", LONG, NO_ANSWER, 34, 0),
    ("What is [SEP] here?", "A [SEP] ship [MASK] and café, the SEA.", ("ship [MASK]", 0), 64, 32),
    ("谁是诗人？", LI_BAI, ("李白", 0), 20, 6),
    ("李白在哪里出生？", LI_BAI, ("长安", 0), 24, 8),
    ("What is \U0001F600?", LI_BAI, ("\U0001F600", 0), 22, 5),
    ("谁的家乡在哪里？", LI_BAI, ("在长安。", 0), 26, 9),
]

CHOICES = [
    ("The cat sat on the", ["mat.", "red river and the sea", "undoable king"]),
    ("", ["a ship", "the old queen ran to the green house"]),
    ("谁是唐朝诗人？", ["李白", "a dog", "北京，长安。", "fish"]),
]


def configuration():
    return BertConfig(vocab_size=len(VOCABULARY), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
                      max_position_embeddings=64)


def build(kind, seed):
    torch.manual_seed(seed)
    model = kind(configuration()).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            if name.endswith("LayerNorm.weight"):
                parameter.copy_(1 + 0.2 * noise)
            else:
                parameter.copy_((0.2 if name.endswith("bias") else 0.5) * noise)
    return model


def utf16(text, index):
    return len(text[:index].encode("utf-16-le")) // 2


def features(tokenizer, question, context, most, overlap):
    """A list of windows: ids, type ids, and for each token its place in the context, None for all others."""
    whole = tokenizer(question.lstrip(), context, return_offsets_mapping=True)
    part = whole.sequence_ids()
    ids, types, places = whole["input_ids"], whole["token_type_ids"], whole["offset_mapping"]
    begin, end = part.index(1), len(part) - 1
    room = most - begin - 1
    windows, spans = [], []
    for first in range(begin, end, room - overlap):
        last = min(first + room, end)
        windows.append(dict(
            ids=ids[:begin] + ids[first:last] + ids[end:],
            types=types[:begin] + types[first:last] + types[end:],
            places=[None] * begin + [tuple(place) for place in places[first:last]] + [None],
        ))
        spans.append((first, last))
        if last == end:
            break
    mark_maximal_context(windows, spans, begin)
    return windows


def mark_maximal_context(windows, spans, begin):
    """A token of several windows counts in the one with most context on its poorer side; of equals the longer, then the earlier."""
    for index, window in enumerate(windows):
        window["maximal"] = [False] * len(window["ids"])
        for position in range(*spans[index]):
            scores = [min(position - a, b - 1 - position) + 0.01 * (b - a) if a <= position < b else -1 for a, b in spans]
            window["maximal"][begin + position - spans[index][0]] = int(np.argmax(scores)) == index


def gold_positions(window, gold):
    """First and last token of the answer in a window; [CLS], 0, where the window does not hold all of it."""
    inside = [i for i, place in enumerate(window["places"]) if place is not None]
    if gold is None or window["places"][inside[0]][0] > gold[0] or window["places"][inside[-1]][1] < gold[1]:
        return 0, 0
    first = max(i for i in inside if window["places"][i][0] <= gold[0])
    last = min(i for i in inside if window["places"][i][1] >= gold[1])
    return first, last


def best_first(scores, count):
    return list(np.argsort(-scores, kind="stable")[:count])


def post_process(windows, context, unanswerable, count, longest, threshold):
    candidates, null = [], None
    for window in windows:
        start, end = window["start"], window["end"]
        null_score = start[0] + end[0]
        null = null_score if null is None else min(null, null_score)
        for first in best_first(start, count):
            for last in best_first(end, count):
                a, b = window["places"][first], window["places"][last]
                if a is None or b is None or last < first or last - first + 1 > longest or not window["maximal"][first]:
                    continue
                candidates.append(dict(from_=a[0], to=b[1], score=start[first] + end[last]))
    if unanswerable:
        candidates.append(dict(from_=0, to=0, score=null))
    best = sorted(candidates, key=lambda candidate: -candidate["score"])[:count]
    if unanswerable and not any(candidate["to"] == 0 for candidate in best):
        best.append(dict(from_=0, to=0, score=null))
    weights = np.exp([candidate["score"] - max(c["score"] for c in best) for candidate in best])
    for candidate, probability in zip(best, weights / weights.sum()):
        candidate["probability"] = probability
    answers = [candidate for candidate in best if candidate["to"] > 0]
    if not answers:
        # run_qa invents an answer with the text "empty" and the score 0 here. There is none.
        return dict(unanswerable=unanswerable, best=count, longest=longest, threshold=threshold, answer="", n_best=[],
                    no_answer_score=float(null), no_answer_probability=1.0)
    difference = null - answers[0]["score"]
    withheld = unanswerable and difference > threshold
    return dict(
        unanswerable=unanswerable, best=count, longest=longest, threshold=threshold,
        answer="" if withheld else context[answers[0]["from_"]:answers[0]["to"]],
        no_answer_score=float(difference),
        no_answer_probability=float(next((c["probability"] for c in best if c["to"] == 0), 0)),
        n_best=[[utf16(context, c["from_"]), utf16(context, c["to"]), round(float(c["probability"]), 9)] for c in answers],
    )


def numbers(values):
    return [round(float(value), 6) for value in values]


def question_case(model, tokenizer, question, context, gold, most, overlap):
    windows = features(tokenizer, question, context, most, overlap)
    span = None
    if gold is not None:
        place = -1
        for _ in range(gold[1] + 1):
            place = context.index(gold[0], place + 1)
        span = (place, place + len(gold[0]))
    for window in windows:
        with torch.no_grad():
            output = model(input_ids=torch.tensor([window["ids"]]), token_type_ids=torch.tensor([window["types"]]))
        # Rounded, so that the answers follow from the numbers of the file.
        window["start"] = np.array(numbers(output.start_logits[0]))
        window["end"] = np.array(numbers(output.end_logits[0]))
    settings = [(False, 12, 30, 0.0), (True, 20, 30, 0.0), (True, 5, 3, -4.0), (True, 3, 30, 2.5), (False, 4, 2, 0.0)]
    return dict(
        question=question, context=context, max_tokens=most, overlap=overlap,
        gold=None if span is None else [utf16(context, span[0]), utf16(context, span[1])],
        windows=[dict(
            ids=window["ids"], types=window["types"],
            places=[[-1, -1] if place is None else [utf16(context, place[0]), utf16(context, place[1])] for place in window["places"]],
            maximal=[int(maximal) for maximal in window["maximal"]], gold=gold_positions(window, span),
            start=window["start"].tolist(), end=window["end"].tolist(),
        ) for window in windows],
        results=[post_process(windows, context, *setting) for setting in settings],
    )


def choice_case(model, tokenizer, text, choices):
    encoded = tokenizer([text] * len(choices), choices, padding=True, return_tensors="pt")
    with torch.no_grad():
        logits = model(**{key: value.unsqueeze(0) for key, value in encoded.items()}).logits[0]
    lengths = encoded["attention_mask"].sum(1).tolist()
    return dict(text=text, choices=choices, ids=[ids[:n] for ids, n in zip(encoded["input_ids"].tolist(), lengths)],
                scores=numbers(logits), probabilities=numbers(torch.softmax(logits, 0)))


def save(kind, seed, target):
    target.mkdir(parents=True, exist_ok=True)
    vocabulary = target / "vocab.txt"
    vocabulary.write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    build(kind, seed).save_pretrained(target)
    (target / "model.safetensors").chmod(0o644)
    BertTokenizer(vocab=str(vocabulary), do_lower_case=True).save_pretrained(target)
    return kind.from_pretrained(target, attn_implementation="eager").eval(), BertTokenizer.from_pretrained(target)


def main():
    root = Path(sys.argv[1])
    torch.set_num_threads(1)
    model, tokenizer = save(BertForQuestionAnswering, 20261128, root / "tiny-qa")
    questions = [question_case(model, tokenizer, *question) for question in QUESTIONS]
    (root / "questions.json").write_text(json.dumps(questions, separators=(",", ":")) + "\n", encoding="utf-8")
    model, tokenizer = save(BertForMultipleChoice, 20261129, root / "tiny-choice")
    choices = [choice_case(model, tokenizer, *choice) for choice in CHOICES]
    (root / "choices.json").write_text(json.dumps(choices) + "\n", encoding="utf-8")
    results = [result for question in questions for result in question["results"]]
    print("results", len(results), "without candidate", sum(not result["n_best"] for result in results))
    print("withheld", sum(bool(result["n_best"] and not result["answer"]) for result in results))
    print("windows", [len(question["windows"]) for question in questions])
    print("gold", [[window["gold"] for window in question["windows"]] for question in questions])


if __name__ == "__main__":
    main()
