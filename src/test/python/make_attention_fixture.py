"""Writes src/test/resources/golden/attention.safetensors: what PyTorch computes for causal and prefix attention.

    python src/test/python/make_attention_fixture.py src/test/resources/golden

Made with torch 2.13 on a CPU, in double precision. The Java test AttentionGoldenTest compares all kernels with these numbers.

Documents stand one after the other, as Cloze4J packs them; PyTorch sees each document alone. Causal attention is
scaled_dot_product_attention with is_causal, a prefix is its attn_mask: token t of a document sees the first
max(prefix, t + 1) tokens.
"""

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn.functional import scaled_dot_product_attention

HEADS, HEAD_SIZE = 3, 5
HIDDEN = HEADS * HEAD_SIZE
LENGTHS = [1, 7, 70, 2]
PREFIXES = [0, 3, 69, 1]


def heads(rows):
    """[tokens, hidden] -> [1, heads, tokens, head size]"""
    return rows.view(len(rows), HEADS, HEAD_SIZE).transpose(0, 1).unsqueeze(0)


def document(qkv, prefix):
    query, key, value = (heads(part) for part in qkv.split(HIDDEN, dim=1))
    if prefix is None:
        context = scaled_dot_product_attention(query, key, value, is_causal=True)
    else:
        token = torch.arange(len(qkv))
        visible = token.unsqueeze(0) < torch.clamp(token + 1, min=prefix).unsqueeze(1)
        context = scaled_dot_product_attention(query, key, value, attn_mask=visible)
    return context.squeeze(0).transpose(0, 1).reshape(len(qkv), HIDDEN)


def attention(qkv, d_context, prefixes):
    qkv = qkv.clone().requires_grad_()
    context = torch.cat([document(part, prefix) for part, prefix in zip(qkv.split(LENGTHS), prefixes)])
    context.backward(d_context)
    return context.detach(), qkv.grad


def main():
    generator = torch.Generator().manual_seed(11)
    tokens = sum(LENGTHS)
    # Numbers that a float holds, so that all kernels get the same.
    qkv = torch.randn(tokens, 3 * HIDDEN, generator=generator).double()
    d_context = torch.randn(tokens, HIDDEN, generator=generator).double()
    causal_context, causal_d_qkv = attention(qkv, d_context, [None] * len(LENGTHS))
    prefix_context, prefix_d_qkv = attention(qkv, d_context, PREFIXES)
    save_file(
        {
            "qkv": qkv,
            "d_context": d_context,
            "lengths": torch.tensor(LENGTHS).double(),
            "prefixes": torch.tensor(PREFIXES).double(),
            "causal.context": causal_context,
            "causal.d_qkv": causal_d_qkv,
            "prefix.context": prefix_context,
            "prefix.d_qkv": prefix_d_qkv,
        },
        Path(sys.argv[1]) / "attention.safetensors",
    )


main()
