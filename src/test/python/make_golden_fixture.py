"""Writes src/test/resources/golden: what PyTorch and transformers compute for a small BertForMaskedLM.

    python src/test/python/make_golden_fixture.py src/test/resources/golden

Made with torch 2.13 and transformers 5.18 on a CPU. The Java test GoldenTest compares Cloze4J with these numbers.

The batch is packed: several documents stand in a row and each attends only to itself. The reference does not pack. It sees
every document alone in a row of its own, padded and with an attention mask, so that a leak between packed documents shows.

Sizes are awkward on purpose (hidden 24, vocabulary 101), and biases and LayerNorms stand away from 0 and 1, so that a missing or
swapped one shows.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import BertConfig, BertForMaskedLM

PAD, CLS, SEP, MASK = 0, 2, 3, 4
FIRST_WORD, VOCABULARY, SEQUENCE_LENGTH = 5, 101, 24
# Lengths of the documents of each row; what remains of the row is padding.
ROWS = [[9, 15], [5, 7, 8], [21]]
# The document without any masked position.
UNMASKED_DOCUMENT = 2
STEPS = 10
DECODER = "cls.predictions.decoder.weight"


def configuration(activation, tied=True):
    return BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        hidden_act=activation,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        max_position_embeddings=40,
        type_vocab_size=2,
        layer_norm_eps=1e-12,
        tie_word_embeddings=tied,
        attn_implementation="eager",
    )


def initial_weights(generator):
    """Name -> float32 array, tied weights once."""
    weights = {}
    for name, parameter in BertForMaskedLM(configuration("gelu")).named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if name.endswith("LayerNorm.weight"):
            value = 1 + 0.2 * noise
        elif name.endswith("bias"):
            value = 0.2 * noise
        elif "embeddings" in name:
            value = 0.5 * noise
        else:
            value = 0.25 * noise
        weights[name] = value.to(torch.float32)
    return weights


def make_documents(generator):
    """A list of rows, each a list of (input ids, token types, positions in the document that are masked, their labels)."""

    def draw(low, high):
        return int(torch.randint(low, high, (1,), generator=generator))

    rows, number = [], 0
    for lengths in ROWS:
        row = []
        for length in lengths:
            ids = [CLS] + [draw(FIRST_WORD, VOCABULARY) for _ in range(length - 2)] + [SEP]
            # Every other document is a pair: its second half has token type 1.
            types = [int(number % 2 == 1 and position >= length // 2) for position in range(length)]
            count = 0 if number == UNMASKED_DOCUMENT else max(1, length // 4)
            order = torch.randperm(length - 2, generator=generator)[:count]
            positions = sorted(int(position) + 1 for position in order)
            labels = [ids[position] for position in positions]
            for index, position in enumerate(positions):
                # Masked, replaced and kept, in turn, so that each is there.
                if index % 4 == 1:
                    ids[position] = draw(FIRST_WORD, VOCABULARY)
                elif index % 4 != 2:
                    ids[position] = MASK
            row.append((ids, types, positions, labels))
            number += 1
        rows.append(row)
    return rows


def packed(rows, sequence_length=SEQUENCE_LENGTH):
    """The fields of io.github.cloze4j.data.MlmBatch."""
    ids, types, positions, offsets, masked, labels, real = [], [], [], [0], [], [], 0
    for row in rows:
        for document_ids, document_types, document_masked, document_labels in row:
            start = len(ids)
            ids += document_ids
            types += document_types
            positions += range(len(document_ids))
            masked += [start + position for position in document_masked]
            labels += document_labels
            offsets.append(len(ids))
            real += len(document_ids)
        padding = -len(ids) % sequence_length
        if padding:
            ids += [PAD] * padding
            types += [0] * padding
            positions += range(padding)
            offsets.append(len(ids))
    fields = dict(
        shape=[len(rows), sequence_length],
        token_ids=ids,
        token_type_ids=types,
        position_ids=positions,
        document_offsets=offsets,
        masked_positions=masked,
        labels=labels,
        real_tokens=[real],
    )
    return {name: np.array(values, dtype=np.int32) for name, values in fields.items()}


def unpacked(rows):
    """Each document alone: padded ids, types, attention mask and labels with -100 where there is no loss."""
    documents = [document for row in rows for document in row]
    width = max(len(ids) for ids, _, _, _ in documents)
    shape = (len(documents), width)
    inputs = dict(
        input_ids=torch.full(shape, PAD),
        token_type_ids=torch.zeros(shape, dtype=torch.long),
        attention_mask=torch.zeros(shape, dtype=torch.long),
        labels=torch.full(shape, -100),
    )
    for index, (ids, types, positions, labels) in enumerate(documents):
        inputs["input_ids"][index, : len(ids)] = torch.tensor(ids)
        inputs["token_type_ids"][index, : len(ids)] = torch.tensor(types)
        inputs["attention_mask"][index, : len(ids)] = 1
        if positions:
            inputs["labels"][index, positions] = torch.tensor(labels)
    return inputs


def decoder_weights(generator):
    """What an untied model has in addition: name -> float32 array."""
    return {DECODER: 0.5 * torch.randn((VOCABULARY, 24), generator=generator)}


def own_name(name):
    """Of an untied model transformers keeps two biases and adds the decoder's, where Cloze4J has the one that works."""
    return "cls.predictions.bias" if name == "cls.predictions.decoder.bias" else name


def build(activation, weights, dtype):
    model = BertForMaskedLM(configuration(activation, tied=DECODER not in weights)).to(dtype)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[own_name(name)])
    return model.train()


def forward_backward(model, inputs):
    """Logits at the masked positions, mean loss; leaves the gradients in the model."""
    model.zero_grad(set_to_none=True)
    output = model(**inputs)
    output.loss.backward()
    return output.logits[inputs["labels"] != -100].detach(), output.loss.detach()


def train(model, inputs, forward_backward=forward_backward):
    """Losses and global gradient norms (before clipping) of the AdamW steps."""
    decayed, rest = [], []
    for name, parameter in model.named_parameters():
        (rest if name.endswith("bias") or "LayerNorm" in name else decayed).append(parameter)
    optimizer = torch.optim.AdamW(
        [dict(params=decayed, weight_decay=0.01), dict(params=rest, weight_decay=0.0)],
        lr=1e-3,
        betas=(0.9, 0.98),
        eps=1e-6,
    )
    losses, norms = [], []
    for _ in range(STEPS):
        _, loss = forward_backward(model, inputs)
        losses.append(loss)
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0))
        optimizer.step()
    return torch.stack(losses), torch.stack(norms)


def reference(activation, dtypes, weights, inputs):
    arrays = {}
    for dtype in dtypes:
        prefix = str(dtype).removeprefix("torch.")
        model = build(activation, weights, dtype)
        logits, loss = forward_backward(model, inputs)
        arrays[f"{prefix}/logits"] = logits
        arrays[f"{prefix}/loss"] = loss.reshape(1)
        for name, parameter in model.named_parameters():
            if parameter.grad is not None:
                arrays[f"{prefix}/gradient/{own_name(name)}"] = parameter.grad.clone()
        losses, norms = train(model, inputs)
        arrays[f"{prefix}/step_losses"] = losses
        arrays[f"{prefix}/gradient_norms"] = norms
        print(activation, prefix, "losses", losses.tolist(), "norms", norms.tolist())
    return {name: array.numpy() for name, array in arrays.items()}


def main():
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(20260101)
    weights = initial_weights(generator)
    rows = make_documents(generator)
    save_file({name: value.numpy() for name, value in weights.items()}, directory / "weights.safetensors")
    save_file(packed(rows), directory / "batch.safetensors")
    # float32 once: it only shows how far PyTorch's own rounding goes; the Java test measures itself against float64.
    for activation, dtypes in (("gelu", (torch.float64, torch.float32)), ("gelu_new", (torch.float64,))):
        save_file(reference(activation, dtypes, weights, unpacked(rows)), directory / f"{activation}.safetensors")
    decoder = decoder_weights(torch.Generator().manual_seed(20260103))
    save_file({name: value.numpy() for name, value in decoder.items()}, directory / "untied_weights.safetensors")
    save_file(reference("gelu", (torch.float64,), weights | decoder, unpacked(rows)), directory / "untied.safetensors")
    total = sum(path.stat().st_size for path in directory.iterdir())
    print(f"{total} bytes, parameters: {sum(value.numel() for value in weights.values())}, masked: {len(packed(rows)['labels'])}")


if __name__ == "__main__":
    main()
