#!/usr/bin/env python3
"""Times training steps of BERT in PyTorch, for comparison with `cloze4j benchmark` on the same GPU.

Needs nothing but torch. The model is BERT's to the last parameter: embeddings of words, positions and types, post-LN layers
with exact GELU, a tied masked-language-model head. It is written as one would write it to be fast: one product for query,
key and value, scaled_dot_product_attention, a head that sees masked positions only, autocast to bfloat16, fused AdamW,
weights and moments in float. Dropout is 0.1, the gradient is clipped to norm 1, biases and LayerNorm do not decay.
Tokens are random and lie on the device before the clock starts; rows are full and 15 % of their words are masked.

Prints one JSON object.
"""

import argparse
import json
import math
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

DROPOUT = 0.1
EPSILON = 1e-12
FIRST_WORD = 5
SPECIALS_OF_A_ROW = 2
MASKED_SHARE = 0.15
WARM_UP_STEPS = 10
DISTINCT_BATCHES = 8


class Layer(nn.Module):
    def __init__(self, hidden, heads):
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(hidden, 3 * hidden)
        self.attention_output = nn.Linear(hidden, hidden)
        self.attention_norm = nn.LayerNorm(hidden, eps=EPSILON)
        self.up = nn.Linear(hidden, 4 * hidden)
        self.down = nn.Linear(4 * hidden, hidden)
        self.output_norm = nn.LayerNorm(hidden, eps=EPSILON)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, x):
        rows, tokens, hidden = x.shape
        qkv = self.query_key_value(x).view(rows, tokens, 3, self.heads, hidden // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        context = functional.scaled_dot_product_attention(
            query, key, value, dropout_p=DROPOUT if self.training else 0.0
        )
        context = context.transpose(1, 2).reshape(rows, tokens, hidden)
        x = self.attention_norm(x + self.dropout(self.attention_output(context)))
        return self.output_norm(x + self.dropout(self.down(functional.gelu(self.up(x)))))


class Bert(nn.Module):
    def __init__(self, vocabulary, layers, hidden, heads, positions):
        super().__init__()
        self.words = nn.Embedding(vocabulary, hidden)
        self.positions = nn.Embedding(positions, hidden)
        self.types = nn.Embedding(2, hidden)
        self.norm = nn.LayerNorm(hidden, eps=EPSILON)
        self.dropout = nn.Dropout(DROPOUT)
        self.layers = nn.ModuleList(Layer(hidden, heads) for _ in range(layers))
        self.transform = nn.Linear(hidden, hidden)
        self.transform_norm = nn.LayerNorm(hidden, eps=EPSILON)
        self.decoder_bias = nn.Parameter(torch.zeros(vocabulary))
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def forward(self, ids, masked, labels):
        """The mean loss: ids [rows, tokens], masked [positions] of the flat batch, labels [positions]."""
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.types.weight[0]
        x = self.dropout(self.norm(x))
        for layer in self.layers:
            x = layer(x)
        x = x.flatten(0, 1)[masked]
        x = self.transform_norm(functional.gelu(self.transform(x)))
        logits = functional.linear(x, self.words.weight, self.decoder_bias)
        return functional.cross_entropy(logits.float(), labels)


def random_batch(options):
    words = options.seq_len - SPECIALS_OF_A_ROW
    masked_of_a_row = max(1, round(MASKED_SHARE * words))
    ids = torch.randint(FIRST_WORD, options.vocab_size, (options.batch_size, options.seq_len))
    columns = torch.stack([1 + torch.randperm(words)[:masked_of_a_row].sort().values for _ in range(options.batch_size)])
    masked = (columns + options.seq_len * torch.arange(options.batch_size)[:, None]).flatten()
    labels = ids.flatten()[masked].clone()
    ids.view(-1)[masked] = FIRST_WORD - 1
    return [tensor.to(options.device) for tensor in (ids, masked, labels)]


def optimizer_of(model):
    decayed = [p for p in model.parameters() if p.dim() > 1]
    undecayed = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": undecayed, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=1e-4, fused=True)


def measure(options):
    torch.manual_seed(0)
    model = Bert(options.vocab_size, options.layers, options.hidden, options.heads, max(512, options.seq_len))
    model.to(options.device).train()
    optimizer = optimizer_of(model)
    loss_of = torch.compile(model) if options.compile else model
    batches = [random_batch(options) for _ in range(DISTINCT_BATCHES)]
    on_gpu = options.device.startswith("cuda")

    def step(number):
        with torch.autocast(options.device.split(":")[0], dtype=torch.bfloat16, enabled=options.precision == "bf16"):
            loss = loss_of(*batches[number % DISTINCT_BATCHES])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss

    def wait():
        if on_gpu:
            torch.cuda.synchronize()

    for number in range(WARM_UP_STEPS):
        loss = step(number)
    wait()
    # Blocks of steps, so that waiting for the device does not slow down the steps of a block.
    blocks = []
    for _ in range(options.blocks):
        start = time.perf_counter()
        for number in range(options.steps):
            loss = step(number)
        wait()
        blocks.append((time.perf_counter() - start) / options.steps)
    seconds = statistics.median(blocks)
    if not math.isfinite(loss.item()):
        raise SystemExit("Expected a finite loss. Received: " + str(loss.item()))
    return {
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "compiled": options.compile,
        "precision": options.precision,
        "parameters": sum(p.numel() for p in model.parameters()),
        "step_ms": seconds * 1e3,
        "tokens_per_second": options.batch_size * options.seq_len / seconds,
        "peak_memory_gb": torch.cuda.max_memory_allocated() / 1e9 if on_gpu else None,
        "loss": loss.item(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=768)
    parser.add_argument("--heads", type=int, default=12)
    parser.add_argument("--vocab-size", type=int, default=30522)
    parser.add_argument("--seq-len", type=int, default=128)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=10, help="of a block")
    parser.add_argument("--blocks", type=int, default=3, help="of which the median counts")
    parser.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    parser.add_argument("--compile", action="store_true", help="with torch.compile")
    parser.add_argument("--device", default="cuda")
    print(json.dumps(measure(parser.parse_args())))


if __name__ == "__main__":
    main()
