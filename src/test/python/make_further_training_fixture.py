"""Writes what PyTorch computes in ten further pretraining steps of a model that transformers loads.

    python src/test/python/make_further_training_fixture.py MODEL OUTPUT.safetensors --rows 3 --peak 5e-3
    python src/test/python/make_further_training_fixture.py BERT_BASE OUTPUT.safetensors --rows 4 --peak 1e-4 --text --elements 32

MODEL is a directory in Hugging Face's layout, with src/test/resources/pretrained/tiny-bert for the first fixture and Google's BERT-base
(see convert_google_checkpoint.py) for the second. Made with torch 2.13 and transformers 5.18 on a CPU, in float64. The Java test
FurtherTrainingTest compares Cloze4J with these numbers.

Each step has a batch of its own. Batches are packed here and taken apart for the reference as in make_golden_fixture.py. Steps are those
of Cloze4J's defaults: AdamW, the gradient clipped to norm 1, two steps of warm-up (the first of which moves nothing) and linear decay.
"""

import argparse

import torch
from safetensors.numpy import save_file
from transformers import AutoTokenizer, BertForMaskedLM, get_linear_schedule_with_warmup

from make_golden_fixture import forward_backward, packed, unpacked

STEPS = 10
WARMUP_STEPS = 2

TEXT = """
The old harbour lies north of the city, where two rivers meet the sea. Every morning the fishermen bring in their boats and sell what
they have caught from wooden tables along the quay. In winter the wind is so strong that the ferry stays in port for days, and the
people of the islands have to wait for bread, letters and newspapers. My grandfather worked on that ferry for thirty years. He knew each
rock by its name and said that a good captain listens to the water before he looks at his charts. When the bridge was built in 1974, the
company sold its ships, and he became a teacher at the small school behind the church. He taught mathematics and a little astronomy. On
clear nights he took his pupils to the hill above the town and showed them the moons of Jupiter through a telescope that he had made
himself. One of those children now studies the light of distant galaxies at a university in another country; she still writes to him
each spring. The telescope stands in the museum today, between an iron anchor and the model of a steam engine. Visitors may touch it,
and on the first Sunday of every month someone explains how its mirror was ground and polished. I like to go there when it rains. The
rooms smell of wood and oil, and from the upper windows you can see how the tide slowly covers the sand.
"""


def word_ids(tokenizer, text, generator, count):
    """Ids that are no special tokens: of a text, over and over, or drawn at random."""
    if text:
        ids = tokenizer.encode(TEXT, add_special_tokens=False)
        return (ids * (count // len(ids) + 1))[:count]
    special = set(tokenizer.all_special_ids)
    words = [number for number in range(len(tokenizer)) if number not in special]
    return [words[int(index)] for index in torch.randint(len(words), (count,), generator=generator)]


def cut(length, step, row):
    """Lengths of the documents of a row, in turn one, two or three, with and without padding behind them."""
    parts = (step + row) % 3 + 1
    part = length // parts
    lengths = [part] * parts
    lengths[-1] -= (step * 5 + row * 3) % (part // 2)
    return lengths


def make_rows(words, tokenizer, length, rows, step, generator):
    """As make_golden_fixture's: rows of (input ids, token types, masked positions, labels)."""
    batch, number = [], step
    for row in range(rows):
        documents = []
        for size in cut(length, step, row):
            ids = [tokenizer.cls_token_id] + [next(words) for _ in range(size - 2)] + [tokenizer.sep_token_id]
            # Every other document is a pair: its second half has token type 1.
            types = [int(number % 2 == 1 and position >= size // 2) for position in range(size)]
            order = torch.randperm(size - 2, generator=generator)[: max(1, size // 6)]
            positions = sorted(int(position) + 1 for position in order)
            labels = [ids[position] for position in positions]
            for index, position in enumerate(positions):
                # Masked, replaced and kept, so that each is there.
                if index % 5 == 3:
                    ids[position] = next(words)
                elif index % 5 != 4:
                    ids[position] = tokenizer.mask_token_id
            documents.append((ids, types, positions, labels))
            number += 1
        batch.append(documents)
    return batch


def train(model, batches, peak):
    """Losses, global gradient norms before clipping, and learning rates."""
    decayed, rest = [], []
    for name, parameter in model.named_parameters():
        (rest if name.endswith("bias") or "LayerNorm" in name else decayed).append(parameter)
    groups = [dict(params=decayed, weight_decay=0.01), dict(params=rest, weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.98), eps=1e-6)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP_STEPS, STEPS)
    losses, norms, rates = [], [], []
    for batch in batches:
        _, loss = forward_backward(model, unpacked(batch))
        losses.append(loss)
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0))
        rates.append(torch.tensor(schedule.get_last_lr()[0], dtype=torch.float64))
        optimizer.step()
        schedule.step()
        print(f"loss {losses[-1]:.6f} norm {norms[-1]:.6f} rate {rates[-1]:.3g}", flush=True)
    return torch.stack(losses), torch.stack(norms), torch.stack(rates)


def spread(parameter, count):
    """Elements evenly over a parameter."""
    flat = parameter.detach().reshape(-1)
    count = min(count, flat.numel())
    return flat[torch.arange(count) * flat.numel() // count].clone()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--peak", type=float, required=True)
    parser.add_argument("--elements", type=int, default=1 << 30, help="of each parameter that are written")
    parser.add_argument("--text", action="store_true", help="English in the place of random words")
    options = parser.parse_args()
    generator = torch.Generator().manual_seed(20260103)
    model = BertForMaskedLM.from_pretrained(
        options.model,
        attn_implementation="eager",
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
        dtype=torch.float64,
    ).train()
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    length = min(64, model.config.max_position_embeddings)
    words = iter(word_ids(tokenizer, options.text, generator, 2 * STEPS * options.rows * length))
    batches = [make_rows(words, tokenizer, length, options.rows, step, generator) for step in range(STEPS)]
    before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}

    losses, norms, rates = train(model, batches, options.peak)

    arrays = {"losses": losses, "gradient_norms": norms, "learning_rates": rates}
    arrays |= {"peak": torch.tensor([options.peak], dtype=torch.float64)}
    for name, parameter in model.named_parameters():
        arrays[f"change/{name}"] = (parameter.detach() - before[name]).norm().reshape(1)
        arrays[f"final/{name}"] = spread(parameter, options.elements)
    arrays = {name: array.numpy() for name, array in arrays.items()}
    for step, batch in enumerate(batches):
        arrays |= {f"{step}/{field}": value for field, value in packed(batch, length).items()}
    save_file(arrays, options.output)


if __name__ == "__main__":
    main()
