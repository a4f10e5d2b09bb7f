"""Writes src/test/resources/inference/tagging.json: spans that the token-classification pipeline of transformers finds.

    python src/test/python/make_tagging_fixture.py src/test/resources/pretrained/heads/tags src/test/resources/inference/tagging.json

Made with torch 2.13 and transformers 5.18 on a CPU. The model is the fixture of make_head_directories.py, with random weights. Each text is
asked with the strategies first, average and max, which combine the pieces of a word. Positions are UTF-16 units, as Java counts them.

The Java test EntityTaggerTest compares Cloze4J with these spans.
"""

import json
import random
import sys
from pathlib import Path

import transformers

STRATEGIES = ["first", "average", "max"]
WORDS = "the a cat Café undoable played sang eats red 李白 king's river. sea, \U0001F600 queen ! eating".split()


def texts():
    draw = random.Random(7)
    for _ in range(40):
        yield draw.choice(["", " ", "\u3000"]) + draw.choice([" ", "  "]).join(draw.choice(WORDS) for _ in range(draw.randint(1, 7)))


def units(text, end):
    """The UTF-16 units of the first code points of a text."""
    return len(text[:end].encode("utf-16-le")) // 2


def main():
    transformers.logging.set_verbosity_error()
    pipelines = {s: transformers.pipeline("token-classification", model=sys.argv[1], aggregation_strategy=s) for s in STRATEGIES}
    cases = []
    for text in texts():
        for strategy, pipeline in pipelines.items():
            spans = [
                [s["entity_group"], units(text, s["start"]), units(text, s["end"]), float(s["score"])]
                for s in pipeline(text)
                if s["entity_group"] != "O"
            ]
            cases.append({"text": text, "strategy": strategy, "spans": spans})
    lines = ",\n".join(json.dumps(case) for case in cases)
    Path(sys.argv[2]).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
