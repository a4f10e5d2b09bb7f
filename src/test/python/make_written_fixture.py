"""Writes src/test/resources/metrics/written.json: BLEU and chrF of sacrebleu for random and for awkward texts.

    python src/test/python/make_written_fixture.py src/test/resources/metrics

Made with sacrebleu 2.6.0. The Java test WrittenTextsTest computes the same with Cloze4J and compares to 1e-12, relative.
"""

import json
import random
import sys
from pathlib import Path

from sacrebleu.metrics import BLEU, CHRF

SEED = 20261128
BLEU_TOKENIZERS = ("13a", "zh", "intl", "char", "none")
# A text and its reference. Every pair is a case of its own too: most have lengths without a common n-gram, some are too short for one.
WRITTEN = [
    ("", "the cat sat on the mat"), ("the cat sat on the mat", ""), ("", ""), ("cat", "cat"), ("cat", "dog"), ("the cat", "the cat"),
    ("the cat sat", "the cat sat down"), ("the cat sat on the mat.", "The cat sat on the mat."), ("the the the the the the", "the cat the mat"),
    ("It costs 1,000.5 dollars, not 10,5.", "It costs 1,000.5 dollars, not 10.5 ."), ("pages 10-12, v1.2-3", "pages 10 - 12 , v1.2 -3"),
    ("He said: \"no!\" (twice)", "he said &quot;no!&quot; &amp;lt; twice"), ("a -\nb<skipped>c\nd e f ", "a b c d e f"),
    ("e-mail me@example.com/x_y [ok] {z} ~`^|", "e-mail me @ example.com / x_y [ ok ] { z }"), ("don't can't won't it's 5'", "do n't can't won't its 5 '"),
    ("我喜欢北京大学。", "我喜欢清华大学。"), ("“你好”，他说——2024年", "他说：“你好！”2024 年"), ("BERT模型有110,000,000个参数 ok.", "BERT 模型有 110,000,000 参数,ok."),
    ("㐀𠀀𠀁北", "㐀𠀀北𠀁"), ("ｆｕｌｌ　ｗｉｄｔｈ，☀☁", "ｆｕｌｌ ｗｉｄｔｈ, ☀ ☁"), ("naïve café – Zürich\u00a0See… €5 5€ ½", "naive café - Zürich See ... € 5 5 € ½"),
    ("a\u2003b\u200bc\u0085d\u001ce f", "a b c d e f"), ("emoji 😀😁 end", "emoji 😁😀 end"), ("And it came to pass in those days", "In those days it happened that"),
    ("In the beginning God created the heaven and the earth.", "In the beginning, God created the heavens and the earth."),
    ("٣٫٥ ৳ и так далее; ну, да!", "٣٫٥ ৳ и так далее: ну да!"), ("  blanks   around  ", "blanks around"), ("...", "…"), ("9.", "9 ."), (".5 a.5 5.a", ". 5 a .5 5. a"),
]


def written(rng):
    marks = [",", ".", "-", "!", "'", " ", "'s", "，", "。", "1.5", "2,000", "(", "€"]
    words = ["the", "a", "cat", "mat", "sat", "on", "大", "学", "北京", "7", "x"]
    cases = [[pair] for pair in WRITTEN] + [WRITTEN, WRITTEN[::-1][:9], [("", "a"), ("b", "")]]
    for rows in (3, 10, 40):
        pairs = []
        for _ in range(rows):
            reference = [rng.choice(words + marks) for _ in range(rng.randrange(1, 15))]
            text = [w if rng.random() < 0.7 else rng.choice(words + marks) for w in reference[: rng.randrange(1, 16)]]
            pairs.append([("" if rng.random() < 0.2 else " ").join(side) for side in (text, reference)])
        cases.append(pairs)
    result = []
    for pairs in cases:
        texts, references = [p[0] for p in pairs], [p[1] for p in pairs]
        bleu = {name: BLEU(tokenize=name).corpus_score(texts, [references]).score for name in BLEU_TOKENIZERS}
        result.append({"texts": texts, "references": references, "bleu": bleu, "chrf": CHRF().corpus_score(texts, [references]).score})
    return result


def main(directory):
    print("seed", SEED)
    content = {"seed": SEED, "cases": written(random.Random(SEED))}
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    (Path(directory) / "written.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
