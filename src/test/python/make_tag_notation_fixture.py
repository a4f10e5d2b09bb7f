"""Makes src/test/resources/finetune/spans.jsonl: random tags, and the spans that seqeval 1.2.2 finds in them by its default rule.

    python src/test/python/make_tag_notation_fixture.py > src/test/resources/finetune/spans.jsonl

A line is a sentence: its tags, with letters in any order, and its spans, each with its type, first and last word.
"""

import json
import random

from seqeval.metrics.sequence_labeling import get_entities

RANDOM = random.Random(20261128)
TAGS = ["O", "B-X", "I-X", "E-X", "S-X", "B-Y", "I-Y", "E-Y", "S-Y"]

for _ in range(300):
    tags = [RANDOM.choice(TAGS) for _ in range(RANDOM.randrange(1, 12))]
    print(json.dumps({"tags": tags, "spans": get_entities(tags)}))
