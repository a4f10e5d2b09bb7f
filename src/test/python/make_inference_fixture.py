"""Writes src/test/resources/inference/expected.json: what transformers computes with the model of pretrained/tiny-bert.

    python src/test/python/make_inference_fixture.py src/test/resources/pretrained/tiny-bert src/test/resources/inference

Made with torch 2.13 and transformers 5.18 on a CPU. The Java tests SentenceEmbedderTest, PseudoPerplexityTest and FillMaskTest
compare Cloze4J with these numbers. Embeddings are pooled as sentence-transformers does it: texts padded to one length, the mean
over the attention mask. Pseudo-log-likelihoods are those of Salazar et al. (2020), a pass for each token, and PLL-word-l2r of Kauf
and Ivanova (2023), whose words are the tokenizer's word_ids.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertForMaskedLM, BertModel

TEXTS = [
    "The cat sat on the mat.",
    "",
    "a small bird, undoable, played, eats!",
    "king",
    "The old queen and the king ran to the red house with a big dog - is it sea green",
    "undoing playable xyz ? dogs",
]
LONG = "the old dog ran to the sea and the bird sang in the tree with a fish for the king and the queen was on the river"
MASKED = [
    "The [MASK] sat on the mat.",
    "[MASK] [MASK]",
    "a small bird [MASK], and the old king [MASK] the sea!",
    "the [MASK]",
    "The old queen and the old king ran to the red [MASK] with a big dog and a [MASK]",
]
TOP_K = 5


def embeddings(model, tokenizer, texts):
    inputs = tokenizer(texts, padding=True, truncation=True, max_length=model.config.max_position_embeddings, return_tensors="pt")
    hidden = model(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * mask).sum(1) / mask.sum(1)
    return mean, hidden[:, 0]


def pseudo_log_likelihood(model, tokenizer, text, rest_of_word):
    inputs = tokenizer(text, return_tensors="pt")
    ids, words = inputs["input_ids"][0], inputs.word_ids(0)
    total, scored = 0.0, 0
    for position, word in enumerate(words):
        if word is None:
            continue
        masked = ids.clone()
        masked[position] = tokenizer.mask_token_id
        if rest_of_word:
            for later in range(position + 1, len(ids)):
                if words[later] == word:
                    masked[later] = tokenizer.mask_token_id
        scores = model(input_ids=masked[None]).logits[0, position]
        total += torch.log_softmax(scores, -1)[ids[position]].item()
        scored += 1
    return total, scored


def fillers(model, tokenizer, text):
    inputs = tokenizer(text, return_tensors="pt")
    masks = inputs["input_ids"][0] == tokenizer.mask_token_id
    best = model(**inputs).logits[0, masks].softmax(-1).topk(TOP_K)
    return [
        [dict(token=tokenizer.convert_ids_to_tokens(i.item()), id=i.item(), probability=p.item()) for p, i in zip(*mask)]
        for mask in zip(best.values, best.indices)
    ]


def main():
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    target.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    tokenizer = AutoTokenizer.from_pretrained(source)
    assert tokenizer.is_fast
    encoder = BertModel.from_pretrained(source, attn_implementation="eager", add_pooling_layer=False).eval()
    model = BertForMaskedLM.from_pretrained(source, attn_implementation="eager").eval()
    normalized = torch.nn.functional.normalize
    embedded = TEXTS + [LONG]
    mean, cls = embeddings(encoder, tokenizer, embedded)
    expectations = dict(
        embeddings=[
            dict(text=text, mean=m.tolist(), mean_normalized=mn.tolist(), cls=c.tolist(), cls_normalized=cn.tolist())
            for text, m, mn, c, cn in zip(embedded, mean, normalized(mean), cls, normalized(cls))
        ],
        scores=[
            dict(
                text=text,
                tokens=pseudo_log_likelihood(model, tokenizer, text, False)[1],
                token=pseudo_log_likelihood(model, tokenizer, text, False)[0],
                rest_of_word=pseudo_log_likelihood(model, tokenizer, text, True)[0],
            )
            for text in TEXTS
        ],
        predictions=[dict(text=text, masks=fillers(model, tokenizer, text)) for text in MASKED],
    )
    (target / "expected.json").write_text(json.dumps(expectations) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
