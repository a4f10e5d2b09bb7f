"""Writes src/test/resources/pretrained: a model directory of transformers, and what transformers computes with it.

    python src/test/python/make_pretrained_fixture.py src/test/resources/pretrained

Made with torch 2.13 and transformers 5.18 on a CPU. The Java tests ModelDirectoryTest and FillMaskTest compare Cloze4J with these
numbers. Biases and LayerNorms stand away from 0 and 1, so that a missing or swapped one shows.
"""

import json
import sys
from pathlib import Path

import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizer, pipeline

WORDS = """the a of to and in is was for on with cat dog sat ran mat house tree bird sang red green small big old king queen
river sea ship fish . , ! ? ' - é ##s ##ed ##ing un ##do ##able play eat""".split()
VOCABULARY = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + WORDS + [f"[unused{number}]" for number in range(60)])[:60]
TEXTS = ["The [MASK] sat on the mat.", "a small bird [MASK], and the old king [MASK] the sea!", "[MASK] [MASK]"]
TOP_K = 5


def build():
    torch.manual_seed(20260102)
    configuration = BertConfig(
        vocab_size=len(VOCABULARY),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=24,
    )
    model = BertForMaskedLM(configuration).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn_like(parameter)
            if name.endswith("LayerNorm.weight"):
                parameter.copy_(1 + 0.2 * noise)
            else:
                parameter.copy_((0.2 if name.endswith("bias") else 0.4) * noise)
    return model


def expectation(model, tokenizer, fill, text):
    inputs = tokenizer(text, return_tensors="pt")
    masked = inputs["input_ids"][0] == tokenizer.mask_token_id
    with torch.no_grad():
        logits = model(**inputs).logits[0, masked]
    predictions = fill(text, top_k=TOP_K)
    if masked.sum() == 1:
        predictions = [predictions]
    return dict(
        text=text,
        ids=inputs["input_ids"][0].tolist(),
        logits=logits.tolist(),
        predictions=[
            [dict(token=tokenizer.convert_ids_to_tokens(p["token"]), id=p["token"], probability=p["score"]) for p in one]
            for one in predictions
        ],
    )


def main():
    directory = Path(sys.argv[1])
    target = directory / "tiny-bert"
    target.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    vocabulary = target / "vocab.txt"
    vocabulary.write_text("\n".join(VOCABULARY) + "\n", encoding="utf-8")
    model = build()
    model.save_pretrained(target)
    (target / "model.safetensors").chmod(0o644)
    BertTokenizer(vocab=str(vocabulary), do_lower_case=True).save_pretrained(target)

    model = BertForMaskedLM.from_pretrained(target, attn_implementation="eager").eval()
    tokenizer = BertTokenizer.from_pretrained(target)
    fill = pipeline("fill-mask", model=model, tokenizer=tokenizer)
    expectations = [expectation(model, tokenizer, fill, text) for text in TEXTS]
    (directory / "expected.json").write_text(json.dumps(expectations) + "\n", encoding="utf-8")
    print(sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()), "bytes")


if __name__ == "__main__":
    main()
