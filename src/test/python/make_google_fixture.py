"""Writes src/test/resources/pretrained/google-bert: a tiny BERT as Google's code saves it, written by TensorFlow.

    python src/test/python/make_google_fixture.py src/test/resources/pretrained/google-bert

Made with tensorflow-cpu 2.21. The variables have the names and shapes of google-research/bert, with the optimizer's slots, the pooler
and next-sentence prediction. numbers.json holds what was written, as TensorFlow reads it back. GoogleCheckpointTest compares Cloze4J with it.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy
import tensorflow as tf

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sat", "##s", "on", "mat", "."]
CONFIG = dict(
    attention_probs_dropout_prob=0.25,
    hidden_act="gelu",
    hidden_dropout_prob=0.125,
    hidden_size=8,
    initializer_range=0.02,
    intermediate_size=12,
    max_position_embeddings=6,
    num_attention_heads=2,
    num_hidden_layers=2,
    type_vocab_size=2,
    vocab_size=len(VOCABULARY),
)


def shapes():
    hidden, intermediate = CONFIG["hidden_size"], CONFIG["intermediate_size"]

    def norm(name):
        return {f"{name}/beta": [hidden], f"{name}/gamma": [hidden]}

    def dense(name, inputs, outputs):
        return {f"{name}/kernel": [inputs, outputs], f"{name}/bias": [outputs]}

    result = {
        "bert/embeddings/word_embeddings": [CONFIG["vocab_size"], hidden],
        "bert/embeddings/token_type_embeddings": [CONFIG["type_vocab_size"], hidden],
        "bert/embeddings/position_embeddings": [CONFIG["max_position_embeddings"], hidden],
        **norm("bert/embeddings/LayerNorm"),
    }
    for number in range(CONFIG["num_hidden_layers"]):
        layer = f"bert/encoder/layer_{number}"
        for part in ("query", "key", "value"):
            result.update(dense(f"{layer}/attention/self/{part}", hidden, hidden))
        result.update(dense(f"{layer}/attention/output/dense", hidden, hidden))
        result.update(norm(f"{layer}/attention/output/LayerNorm"))
        result.update(dense(f"{layer}/intermediate/dense", hidden, intermediate))
        result.update(dense(f"{layer}/output/dense", intermediate, hidden))
        result.update(norm(f"{layer}/output/LayerNorm"))
    result.update(dense("bert/pooler/dense", hidden, hidden))
    result.update(dense("cls/predictions/transform/dense", hidden, hidden))
    result.update(norm("cls/predictions/transform/LayerNorm"))
    result["cls/predictions/output_bias"] = [CONFIG["vocab_size"]]
    result["cls/seq_relationship/output_weights"] = [2, hidden]
    result["cls/seq_relationship/output_bias"] = [2]
    return result


def save(prefix):
    """With the slots that Google's AdamWeightDecayOptimizer leaves in a checkpoint. Eighths are short as text and exact as floats."""
    random = numpy.random.default_rng(20260102)
    with tf.Graph().as_default():
        variables = {}
        for name, shape in shapes().items():
            value = (random.integers(-400, 400, shape) / 8).astype(numpy.float32)
            variables[name] = tf.compat.v1.get_variable(name, initializer=value)
        for name in ("cls/predictions/output_bias", "bert/encoder/layer_1/output/dense/bias"):
            for slot in ("adam_m", "adam_v"):
                variables[f"{name}/{slot}"] = tf.compat.v1.get_variable(f"{name}/{slot}", initializer=numpy.zeros(shapes()[name], "f"))
        variables["global_step"] = tf.compat.v1.get_variable("global_step", initializer=numpy.int64(7))
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            saver = tf.compat.v1.train.Saver(list(variables.values()), write_version=tf.compat.v1.train.SaverDef.V2)
            saver.save(session, prefix, write_meta_graph=False, write_state=False)


def main():
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as temporary:
        save(f"{temporary}/bert_model.ckpt")
        for path in Path(temporary).iterdir():
            if path.name.startswith("bert_model.ckpt"):
                shutil.copy(path, target / path.name)
    (target / "bert_config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    (target / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    reader = tf.train.load_checkpoint(str(target / "bert_model.ckpt"))
    numbers = {name: reader.get_tensor(name).flatten().tolist() for name in sorted(shapes())}
    (target / "numbers.json").write_text(json.dumps(numbers) + "\n")
    print(sum(path.stat().st_size for path in target.rglob("*") if path.is_file()), "bytes")


if __name__ == "__main__":
    main()
