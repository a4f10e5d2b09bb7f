"""Writes src/test/resources/inference/sentence-transformers.json: how sentence-transformers runs the model of pretrained/tiny-bert.

    python src/test/python/make_sentence_fixture.py src/test/resources/pretrained/tiny-bert src/test/resources/inference

Made with sentence-transformers 6.0 and transformers 5.18 on a CPU. Each variant holds the files that stand beside the model, and the
vectors that SentenceTransformer(directory).encode computes with them. The Java test EmbedderSettingsTest writes the files beside a
copy of the model and compares Cloze4J's vectors.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer

TEXTS = ["The cat sat on the mat.", "", "a small BIRD, undoable, played, eats!", "The old queen and the king ran to the red house"]
MODES = ["cls_token", "max_tokens", "mean_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken"]


def modules(*kinds):
    paths = dict(Transformer="", Pooling="1_Pooling", Normalize="2_Normalize")
    return [dict(idx=i, name=str(i), path=paths[k], type=f"sentence_transformers.models.{k}") for i, k in enumerate(kinds)]


def files(*modes, normalize=True, settings=None, pooling=None, **more):
    kinds = ["Transformer", "Pooling"] + (["Normalize"] if normalize else [])
    flags = {f"pooling_mode_{mode}": mode in modes for mode in MODES}
    content = {"modules.json": modules(*kinds), "1_Pooling/config.json": pooling or dict(word_embedding_dimension=16) | flags}
    if settings:
        content["sentence_bert_config.json"] = settings
    return content | more


VARIANTS = {
    **{mode: files(mode, normalize=False) for mode in MODES},
    "eight tokens, normalized": files("cls_token", settings=dict(max_seq_length=8, do_lower_case=False)),
    "two ways": files("mean_tokens", "cls_token"),
    "as version 6 writes it": files(pooling=dict(embedding_dimension=16, pooling_mode=["max", "mean"], include_prompt=True)),
    "a tokenizer of six tokens": files(
        "mean_tokens",
        **{"tokenizer_config.json": dict(tokenizer_class="BertTokenizer", do_lower_case=True, model_max_length=6)},
    ),
    "lower case beside a cased tokenizer": files(
        "mean_tokens",
        settings=dict(max_seq_length=24, do_lower_case=True),
        **{"tokenizer_config.json": dict(tokenizer_class="BertTokenizer", do_lower_case=False), "tokenizer.json": None},
    ),
    "a prompt": files(
        "mean_tokens",
        **{"config_sentence_transformers.json": dict(prompts=dict(query="the sea "), default_prompt_name="query")},
    ),
}


def main():
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    variants = []
    for name, content in VARIANTS.items():
        with tempfile.TemporaryDirectory() as parent:
            directory = Path(parent) / "model"
            shutil.copytree(source, directory)
            for file, value in content.items():
                path = directory / file
                path.parent.mkdir(exist_ok=True)
                path.unlink(missing_ok=True)
                if value is not None:
                    path.write_text(json.dumps(value), encoding="utf-8")
            vectors = SentenceTransformer(str(directory), device="cpu").encode(TEXTS, batch_size=1)
        variants.append(dict(name=name, files=content, vectors=vectors.tolist()))
    text = json.dumps(dict(texts=TEXTS, variants=variants))
    (target / "sentence-transformers.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
