"""
Trains the model: facts in, checkpoints and a log out. A run that was killed goes on from its last checkpoint.

    node training/export-facts.ts > facts.json
    python3 training/train.py --facts facts.json --out run/

It needs Debian's python3-torch (1.13 or newer). Matrix products run in bfloat16 where the processor has it, which is
some 80 times as fast as Debian's plain BLAS in float32.
"""

import argparse
import json
import math
import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).parent))
from generate import Generator, read_facts  # noqa: E402
from model import Llama, Shape  # noqa: E402
from tokenizer import Tokenizer, learn_pieces  # noqa: E402

TOKENIZER_SAMPLE_COUNT = 30_000
# Samples drawn at a time, sorted by length and cut into batches, so that little is padding.
POOL_SAMPLE_COUNT = 4_000


def parse_options():
    parser = argparse.ArgumentParser(description="Trains the model that ships with Rerig.")
    parser.add_argument("--facts", required=True, help="output of export-facts.ts, or - for stdin")
    parser.add_argument("--out", required=True, help="folder of checkpoint.pt, tokenizer.json and log.jsonl")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2_400)
    parser.add_argument("--stop-after-steps", type=int, default=None, help="stop early, as if killed: for the test")
    parser.add_argument("--batch-tokens", type=int, default=8_192)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--warmup-steps", type=int, default=100)
    parser.add_argument("--checkpoint-seconds", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", choices=("auto", "bfloat16", "float32"), default="auto")
    parser.add_argument("--vocabulary-count", type=int, default=Shape.vocabulary_count)
    parser.add_argument("--embedding-width", type=int, default=Shape.embedding_width)
    parser.add_argument("--layer-count", type=int, default=Shape.layer_count)
    parser.add_argument("--feed-forward-width", type=int, default=Shape.feed_forward_width)
    return parser.parse_args()


def is_bfloat16_fast():
    """
    Whether this processor multiplies bfloat16 at least twice as fast as float32. It is measured: releases of PyTorch
    differ in what they can be asked, and float32 is only as fast as the BLAS that the machine happens to have.
    """
    return seconds_of_product(torch.bfloat16) * 2 < seconds_of_product(torch.float32)


def seconds_of_product(kind):
    left, right = torch.ones(1024, 256).to(kind), torch.ones(256, 704).to(kind)
    started = 0.0
    for attempt in range(4):
        # The first product pays for what is made once.
        if attempt == 1:
            started = time.perf_counter()
        left @ right
    return time.perf_counter() - started


def load_tokenizer(out, facts, options):
    path = out / "tokenizer.json"
    if not path.exists():
        generator = Generator(facts, options.seed)
        texts = (m["content"] for _ in range(TOKENIZER_SAMPLE_COUNT) for m in generator.sample())
        learned = learn_pieces(list(texts) + ["user\n", "assistant\n", "system\n"] * 1000, options.vocabulary_count)
        write_whole(path, json.dumps(learned, ensure_ascii=False).encode("utf-8"))
    return Tokenizer(json.loads(path.read_text(encoding="utf-8")))


def write_whole(path, data):
    """A reader sees the old file or the new one, never a half."""
    partial = path.with_suffix(".partial")
    partial.write_bytes(data)
    os.replace(partial, path)


class Batches:
    """Endless batches of whole chats, of about `batch_tokens`; the place in the stream is (pool, batch)."""

    def __init__(self, facts, tokenizer, options, shape):
        self.facts, self.tokenizer, self.options = facts, tokenizer, options
        self.context = shape.context_token_count
        self.pool_index, self.at, self.pool = 0, 0, None

    def fill(self):
        # Each pool has its own seed, so that a resumed run draws the same samples as an unbroken one.
        seed = self.options.seed * 1_000_003 + self.pool_index + 1
        generator = Generator(self.facts, seed)
        chats = [self.tokenizer.encode_chat(generator.sample()) for _ in range(POOL_SAMPLE_COUNT)]
        chats = sorted((chat for chat in chats if len(chat[0]) <= self.context), key=lambda chat: len(chat[0]))
        batches, current = [], []
        for chat in chats:
            if current and (len(current) + 1) * len(chat[0]) > self.options.batch_tokens:
                batches.append(current)
                current = []
            current.append(chat)
        batches.append(current)
        random.Random(seed).shuffle(batches)
        self.pool = batches

    def next(self):
        """(ids, wanted): ids padded at the end with 0; wanted marks the places whose next token is the assistant's."""
        if self.pool is None:
            self.fill()
        if self.at == len(self.pool):
            self.pool_index, self.at = self.pool_index + 1, 0
            self.fill()
        chats = self.pool[self.at]
        self.at += 1
        longest = max(len(ids) for ids, _ in chats)
        ids = torch.zeros(len(chats), longest, dtype=torch.long)
        written = torch.zeros(len(chats), longest, dtype=torch.bool)
        for row, (chat_ids, mask) in enumerate(chats):
            ids[row, : len(chat_ids)] = torch.tensor(chat_ids)
            written[row, : len(mask)] = torch.tensor(mask, dtype=torch.bool)
        return ids, written


def learning_rate_at(step, options):
    if step < options.warmup_steps:
        return options.learning_rate * (step + 1) / options.warmup_steps
    share = (step - options.warmup_steps) / max(1, options.steps - options.warmup_steps)
    return options.learning_rate * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, share))))


def make_optimizer(model, options):
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.95))


class Run:
    """A training run: where it stands, and how it is saved and taken up again."""

    def __init__(self, options):
        self.options = options
        self.out = Path(options.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.facts = read_facts(options.facts)
        torch.manual_seed(options.seed)
        self.tokenizer = load_tokenizer(self.out, self.facts, options)
        self.shape = Shape(
            vocabulary_count=len(self.tokenizer),
            embedding_width=options.embedding_width,
            layer_count=options.layer_count,
            feed_forward_width=options.feed_forward_width,
        )
        self.model = Llama(self.shape)
        self.optimizer = make_optimizer(self.model, options)
        self.batches = Batches(self.facts, self.tokenizer, options, self.shape)
        self.step, self.token_count, self.seconds = 0, 0, 0.0
        self.is_stopping = False

    def resume(self):
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return
        saved = torch.load(path, map_location="cpu")
        self.model.load_state_dict(saved["model"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.step, self.token_count, self.seconds = saved["step"], saved["token_count"], saved["seconds"]
        self.batches.pool_index, self.batches.at = saved["pool_index"], saved["at"]
        print(f"resumed at step {self.step}", flush=True)

    def save(self):
        partial = self.out / "checkpoint.partial"
        torch.save(
            {
                "model": self.model.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "shape": self.shape.as_dict(),
                "learned": self.tokenizer.learned,
                "seed": self.options.seed,
                "step": self.step,
                "step_count": self.options.steps,
                "token_count": self.token_count,
                "seconds": self.seconds,
                "pool_index": self.batches.pool_index,
                "at": self.batches.at,
            },
            partial,
        )
        os.replace(partial, self.out / "checkpoint.pt")

    def train_step(self, is_bfloat16):
        ids, written = self.batches.next()
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate_at(self.step, self.options)
        wanted = written[:, 1:]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_bfloat16):
            logits = self.model(ids[:, :-1], wanted)
        loss = functional.cross_entropy(logits.float(), ids[:, 1:][wanted])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self.token_count += ids.numel()
        return loss.item()

    def stop(self, *_):
        self.is_stopping = True

    def train(self):
        options = self.options
        is_bfloat16 = options.precision == "bfloat16" or (options.precision == "auto" and is_bfloat16_fast())
        print(f"{self.model.parameter_count():,} parameters, {'bfloat16' if is_bfloat16 else 'float32'}", flush=True)
        last = options.steps if options.stop_after_steps is None else min(options.steps, self.step + options.stop_after_steps)
        saved_at, first_step, seconds_before, started = time.time(), self.step, self.seconds, time.time()
        losses = []
        while self.step < last and not self.is_stopping:
            losses.append(self.train_step(is_bfloat16))
            self.seconds = seconds_before + time.time() - started
            if self.step % 20 == 0 or self.step == last:
                left = (time.time() - started) / (self.step - first_step) * (options.steps - self.step)
                self.report(sum(losses) / len(losses), left)
                losses = []
            if time.time() - saved_at > options.checkpoint_seconds:
                self.save()
                saved_at = time.time()
        self.save()

    def report(self, loss, seconds_left):
        figures = {"step": self.step, "loss": round(loss, 4), "tokens": self.token_count, "seconds": round(self.seconds, 1)}
        with (self.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(f"{json.dumps(figures)}\n")
        print(
            f"step {self.step}/{self.options.steps}  loss {loss:.4f}  {self.token_count / self.seconds:,.0f} tokens/s  "
            f"about {seconds_left / 60:.1f} min left",
            flush=True,
        )


def main():
    options = parse_options()
    torch.set_num_threads(options.threads)
    run = Run(options)
    signal.signal(signal.SIGINT, run.stop)
    signal.signal(signal.SIGTERM, run.stop)
    run.resume()
    run.train()


if __name__ == "__main__":
    main()
