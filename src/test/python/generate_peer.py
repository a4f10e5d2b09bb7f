"""Generates with transformers after prompts of token ids, and prints the seconds and the generated ids as one line of JSON.

    python src/test/python/generate_peer.py --model DIR --prompts "2,5,6 2,7,8" --new 128 [--threads 2] [--rounds 1]

DIR holds a BertLMHeadModel. The prompts, separated by blanks, are as long as each other. Greedy search in float32 with the key/value
cache, each text exactly as many tokens longer as --new says; --suppress names ids that are never generated. The first generation is
not counted. The seconds are those of each call of generate.
"""

import argparse
import json
import time

import torch
from transformers import BertLMHeadModel
from transformers.utils import logging


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True)
    parser.add_argument("--prompts", required=True)
    parser.add_argument("--new", type=int, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--suppress", default="")
    return parser.parse_args()


def main():
    options = arguments()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    model = BertLMHeadModel.from_pretrained(options.model, torch_dtype=torch.float32).eval()
    prompts = torch.tensor([[int(id) for id in prompt.split(",")] for prompt in options.prompts.split()])
    settings = {"do_sample": False, "num_beams": 1, "use_cache": True, "pad_token_id": 0}
    if options.suppress:
        settings["suppress_tokens"] = [int(id) for id in options.suppress.split(",")]

    def generate(new):
        with torch.inference_mode():
            return model.generate(
                prompts, attention_mask=torch.ones_like(prompts), min_new_tokens=new, max_new_tokens=new, **settings
            )

    generate(min(8, options.new))
    seconds = []
    for _ in range(options.rounds):
        started = time.perf_counter()
        ids = generate(options.new)
        seconds.append(time.perf_counter() - started)
    print(json.dumps({"seconds": seconds, "ids": ids[:, prompts.shape[1] :].tolist()}))


if __name__ == "__main__":
    main()
