"""Writes src/test/resources/lora: adapters that PEFT saved, what PEFT computes with them, and what it trains.

    python src/test/python/make_lora_fixture.py src/test/resources/pretrained/tiny-bert src/test/resources/lora

Made with torch 2.13, transformers 5.18 and peft 0.21 on a CPU. The Java test PeftAdapterTest compares Cloze4J with these numbers. The
base is the model of make_pretrained_fixture.py; every trained tensor is drawn at random, so that a missing or swapped one shows.

expected.safetensors has the ids of the texts, and for each adapter the logits of each text (of the encoder its hidden states), in
float64. training.safetensors has five steps of the classification adapter: AdamW with the defaults of Cloze4J, clipped to norm 1, in
float64, without dropout.
"""

import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import (
    AutoTokenizer,
    BertForMaskedLM,
    BertForQuestionAnswering,
    BertForSequenceClassification,
    BertForTokenClassification,
    BertModel,
)
from transformers.utils import logging

BASE_NAME = "tiny-bert"
TEXTS = ["The cat sat on the mat.", "a small bird sang, and the old king ran!", "play"]
STEPS = 5
RATE = 1e-2
BATCH = 4

ENCODER = r"bert\.encoder\..*(query|key|value|dense)"

# name: model class, labels, settings of the adapter
ADAPTERS = {
    "classification": (BertForSequenceClassification, 3, dict(r=3, lora_alpha=6, task_type="SEQ_CLS", modules_to_save=["pooler"])),
    "masked-lm": (BertForMaskedLM, 0, dict(r=4, lora_alpha=10, use_rslora=True, target_modules=ENCODER)),
    "tagging": (
        BertForTokenClassification,
        5,
        dict(r=2, lora_alpha=3.5, lora_dropout=0.1, task_type="TOKEN_CLS", target_modules=["key", "intermediate.dense"]),
    ),
    "question-answering": (BertForQuestionAnswering, 2, dict(r=8, lora_alpha=8, task_type="QUESTION_ANS")),
    "encoder": (BertModel, 0, dict(r=2, lora_alpha=4, task_type="FEATURE_EXTRACTION", target_modules=["query", "output.dense"])),
}


def base_model(base, kind, labels, dtype=torch.float32):
    settings = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, attn_implementation="eager", dtype=dtype)
    if kind is BertModel:
        return kind.from_pretrained(base, add_pooling_layer=False, **settings)
    return kind.from_pretrained(base, **settings, **(dict(num_labels=labels) if labels else {}))


def make_adapter(base, output, name, generator):
    kind, labels, settings = ADAPTERS[name]
    model = get_peft_model(base_model(base, kind, labels), LoraConfig(**settings))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
    for config in model.peft_config.values():
        config.base_model_name_or_path = BASE_NAME
    model.save_pretrained(output / name)
    (output / name / "README.md").unlink()


def adapted(base, output, name, trainable=False):
    kind, labels, _ = ADAPTERS[name]
    return PeftModel.from_pretrained(base_model(base, kind, labels, torch.float64), output / name, is_trainable=trainable).double()


def logits(model, ids):
    result = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long))
    if "start_logits" in result:
        return torch.stack([result.start_logits[0], result.end_logits[0]], dim=1)
    return result.logits[0] if "logits" in result else result.last_hidden_state[0]


def train(model, generator, vocabulary):
    """Five steps on texts of random words, each with a class."""
    decayed, rest = [], []
    names = {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
    for name, parameter in names.items():
        (rest if name.endswith("bias") else decayed).append(parameter)
    groups = [dict(params=decayed, weight_decay=0.01), dict(params=rest, weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.98), eps=1e-6)
    tensors, losses, norms = {}, [], []
    for step in range(STEPS):
        texts, labels = [], torch.randint(3, (BATCH,), generator=generator)
        for text in range(BATCH):
            words = torch.randint(5, vocabulary, (2 + (3 * step + 5 * text) % 9,), generator=generator).tolist()
            texts.append([2] + words + [3])
        optimizer.zero_grad()
        scores = torch.stack([logits(model, ids) for ids in texts])
        loss = torch.nn.functional.cross_entropy(scores, labels)
        loss.backward()
        losses.append(loss.detach())
        norms.append(torch.nn.utils.clip_grad_norm_(names.values(), 1.0).detach())
        optimizer.step()
        tensors |= {f"{step}/text/{text}": torch.tensor(ids, dtype=torch.int32) for text, ids in enumerate(texts)}
        tensors[f"{step}/labels"] = labels.int()
    tensors |= {"losses": torch.stack(losses), "gradient_norms": torch.stack(norms)}
    for name, parameter in names.items():
        short = name.removeprefix("base_model.model.").replace(".default", "").replace(".modules_to_save", "")
        tensors["final/" + short] = parameter.detach().clone()
    return tensors


def main():
    logging.set_verbosity_error()
    base, output = sys.argv[1], Path(sys.argv[2])
    generator = torch.Generator().manual_seed(20261128)
    tokenizer = AutoTokenizer.from_pretrained(base)
    ids = [tokenizer(text)["input_ids"] for text in TEXTS]
    expected = {f"ids/{number}": torch.tensor(text, dtype=torch.int32) for number, text in enumerate(ids)}
    for name in ADAPTERS:
        make_adapter(base, output, name, generator)
        model = adapted(base, output, name).eval()
        with torch.no_grad():
            expected |= {f"{name}/{number}": logits(model, text) for number, text in enumerate(ids)}
    save_file(expected, output / "expected.safetensors")
    tensors = train(adapted(base, output, "classification", trainable=True).train(), generator, len(tokenizer))
    save_file(tensors, output / "training.safetensors")
    print("losses", [round(loss.item(), 6) for loss in tensors["losses"]])


if __name__ == "__main__":
    main()
