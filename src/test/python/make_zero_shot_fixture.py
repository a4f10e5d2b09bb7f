"""Writes src/test/resources/inference/zero-shot.json and tiny-chinese: zero-shot classification with torch and transformers.

    python src/test/python/make_zero_shot_fixture.py src/test/resources/pretrained/tiny-bert src/test/resources/inference

Made with torch 2.13 and transformers 5.18 on a CPU. The Java test ZeroShotClassifierTest compares Cloze4J with these numbers. The
English model is that of make_pretrained_fixture.py; the Chinese one is made here. Parts of a pattern are tokenized apart from the
text, as PET (Schick and Schuetze) does it; here each word of each label is a pass of its own over one text. A word's score is the mean
log-likelihood of its pieces, a label's that of its words; calibration subtracts the log of the mean probability in neutral texts.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertConfig, BertForMaskedLM, BertModel, BertTokenizer

CHINESE = ("这 是 一 条 新 闻 ： 体 育 财 经 科 技 球 队 赢 了 比 赛 股 市 今 天 上 涨 手 机 发 布 的 很 好 坏 差 ， 。 我 们 人 不 在 中 国 a ##b"
           " 大 小 个 有 来 他 时 地 出 会").split()
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LONG = "the old dog ran to the sea and the bird sang in the tree with a fish for the king and the queen was on the river"
ENGLISH_TEXTS = ["The cat sat on the mat.", "", "a small bird, undoable, played, eats!", LONG, "the [MASK] is xyz {text}"]
PIECES = [["dog", ["dog"]], ["doable", ["undoable"]], ["play", ["playing", "played", "eat"]], ["sea", ["big river", "sea"]]]
SINGLE = [["animal", ["cat"]], ["house", ["house"]], ["royal", ["king", "queen"]]]
CHINESE_TEXTS = ["球队赢了比赛", "股市今天上涨，", "手机发布", "今天天气很好", "我们的球队在中国" * 6]
CASES = [
    dict(model="english", pattern="{text} It was [MASK] .", labels=SINGLE, neutral=[]),
    dict(model="english", pattern="{text} It was [MASK] .", labels=SINGLE, neutral=[""]),
    dict(model="english", pattern="{text} It was [MASK] .", labels=PIECES, neutral=[]),
    dict(model="english", pattern="[MASK] - the {text}", labels=PIECES, neutral=["", "the house .", "a"]),
    dict(model="english", pattern="[MASK] [SEP] {text}", labels=PIECES, neutral=["", LONG]),
    dict(model="chinese", pattern="这是一条[MASK]新闻：{text}", labels=[[n, [n]] for n in ("体育", "财经", "科技")], neutral=[]),
    dict(model="chinese", pattern="这是一条[MASK]新闻：{text}", labels=[[n, [n]] for n in ("体育", "财经", "科技")], neutral=[""]),
    dict(model="chinese", pattern="{text}，很[MASK]。", labels=[["好评", ["好", "不差"]], ["差评", ["坏", "不好", "差"]]], neutral=[""]),
    dict(model="english", labels=PIECES),
    dict(model="chinese", labels=[[n, [n]] for n in ("体育", "财经", "科技")]),
]


def build_chinese(target):
    torch.manual_seed(20261128)
    vocabulary = (SPECIAL + CHINESE)[:64]
    configuration = BertConfig(
        vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24)
    model = BertForMaskedLM(configuration).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            if name.endswith("LayerNorm.weight"):
                parameter.copy_(1 + 0.2 * noise)
            else:
                parameter.copy_((0.2 if name.endswith("bias") else 0.4) * noise)
    target.mkdir(parents=True, exist_ok=True)
    (target / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    model.save_pretrained(target)
    (target / "model.safetensors").chmod(0o644)
    BertTokenizer(vocab=str(target / "vocab.txt"), do_lower_case=True).save_pretrained(target)


def tokens(tokenizer, text, special):
    if not special:  # a special token that is written in a text is no token
        for word in SPECIAL:
            text = text.replace(word, " [ " + word[1:-1] + " ] ")
    return tokenizer(text, add_special_tokens=False)["input_ids"]


class ByPattern:
    def __init__(self, directory, pattern, labels, neutral):
        self.model = BertForMaskedLM.from_pretrained(directory, attn_implementation="eager").eval()
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.pattern, self.labels, self.neutral = pattern, labels, neutral
        longest = max(len(tokens(self.tokenizer, word, False)) for _, words in labels for word in words)
        self.longest_around = sum(len(part) for part in self.around(longest)) + 2
        self.without = torch.zeros(len(labels))
        if neutral:
            probabilities = torch.stack([self.scores(text).exp() for text in neutral])
            self.without = probabilities.mean(0).log()

    def around(self, masks):
        written = self.pattern.replace("[MASK]", " ".join(["[MASK]"] * masks))
        return [tokens(self.tokenizer, part, True) for part in written.split("{text}")]

    def shortened(self, text):
        room = self.model.config.max_position_embeddings - self.longest_around
        text = tokens(self.tokenizer, text, False)
        return text[:room], len(text) > room

    def word_score(self, text, word):
        pieces = tokens(self.tokenizer, word, False)
        before, after = self.around(len(pieces))
        shortened, cut = self.shortened(text)
        ids = [self.tokenizer.cls_token_id] + before + shortened + after + [self.tokenizer.sep_token_id]
        if not cut and "[MASK]" not in text:
            written = self.pattern.replace("[MASK]", " ".join(["[MASK]"] * len(pieces))).replace("{text}", text)
            assert ids == self.tokenizer(written)["input_ids"], written
        assert len(ids) <= self.model.config.max_position_embeddings
        masks = [place for place, i in enumerate(ids) if i == self.tokenizer.mask_token_id]
        assert len(masks) == len(pieces)
        log_likelihoods = self.model(input_ids=torch.tensor([ids])).logits[0].log_softmax(-1)
        return torch.stack([log_likelihoods[place, piece] for place, piece in zip(masks, pieces)]).mean()

    def scores(self, text):
        return torch.stack([torch.stack([self.word_score(text, word) for word in words]).mean() for _, words in self.labels])

    def classify(self, text):
        return (self.scores(text) - self.without).softmax(-1), self.shortened(text)[1]


class ByEmbedding:
    def __init__(self, directory, labels):
        self.model = BertModel.from_pretrained(directory, attn_implementation="eager", add_pooling_layer=False).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(directory)
        self.labels = labels

    def vector(self, text):
        inputs = self.tokenizer(text, truncation=True, max_length=self.model.config.max_position_embeddings, return_tensors="pt")
        return torch.nn.functional.normalize(self.model(**inputs).last_hidden_state[0].mean(0), dim=0)

    def classify(self, text):
        centres = [sum(self.vector(word) for word in words) for _, words in self.labels]
        cosines = torch.stack([torch.nn.functional.cosine_similarity(self.vector(text), centre, dim=0) for centre in centres])
        cut = len(self.tokenizer(text)["input_ids"]) > self.model.config.max_position_embeddings
        return (20 * cosines).softmax(-1), cut


def main():
    english, target = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    build_chinese(target / "tiny-chinese")
    directories = dict(english=english, chinese=target / "tiny-chinese")
    texts = dict(english=ENGLISH_TEXTS, chinese=CHINESE_TEXTS)
    answers = []
    for case in CASES:
        directory = directories[case["model"]]
        pattern = case.get("pattern")
        classifier = ByPattern(directory, pattern, case["labels"], case["neutral"]) if pattern else ByEmbedding(directory, case["labels"])
        answers.append(dict(case, texts=[]))
        for text in texts[case["model"]]:
            probabilities, cut = classifier.classify(text)
            answers[-1]["texts"].append(dict(text=text, probabilities=probabilities.tolist(), cut=cut))
    (target / "zero-shot.json").write_text(json.dumps(answers, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
