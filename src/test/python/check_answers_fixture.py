"""Checks that the windows of src/test/resources/answers/questions.json are those of tokenizers, version 0.22.2.

    pip install --no-deps --target DIR tokenizers==0.22.2
    PYTHONPATH=DIR python src/test/python/check_answers_fixture.py src/test/resources/answers
"""

import json
import sys
from pathlib import Path

import tokenizers


def main():
    root = Path(sys.argv[1])
    tokenizer = tokenizers.Tokenizer.from_file(str(root / "tiny-qa" / "tokenizer.json"))
    questions = json.loads((root / "questions.json").read_text(encoding="utf-8"))
    for question in questions:
        tokenizer.enable_truncation(question["max_tokens"], stride=question["overlap"], strategy="only_second")
        first = tokenizer.encode(question["question"].lstrip(), question["context"])
        received = [(window.ids, window.type_ids) for window in [first, *first.overflowing]]
        expected = [(window["ids"], window["types"]) for window in question["windows"]]
        assert received == expected, (tokenizers.__version__, question["question"])
    print("tokenizers", tokenizers.__version__, "equal windows for", len(questions), "questions")


if __name__ == "__main__":
    main()
