"""The Llama architecture, with the rotary layout that llama.cpp uses for it (neighbouring pairs) and tied embeddings."""

from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    """What the model's tensors look like. Widths that are written as Q8_0 must be multiples of 32."""

    vocabulary_count: int = 1536
    embedding_width: int = 256
    layer_count: int = 6
    head_count: int = 4
    kv_head_count: int = 2
    feed_forward_width: int = 704
    context_token_count: int = 1024
    rope_base: float = 10000.0
    norm_epsilon: float = 1e-5

    @property
    def head_width(self):
        return self.embedding_width // self.head_count

    def as_dict(self):
        return asdict(self)


class RootMeanSquareNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        x = x.float()
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon) * self.weight


def rotary_tables(shape):
    """Cosine and sine of every position and pair: (context, head width / 2)."""
    exponents = torch.arange(0, shape.head_width, 2, dtype=torch.float64) / shape.head_width
    angles = torch.outer(torch.arange(shape.context_token_count, dtype=torch.float64), shape.rope_base**-exponents)
    return angles.cos().float(), angles.sin().float()


def rotate(x, cosine, sine):
    """Turns each neighbouring pair (x[2i], x[2i+1]) by its position's angle. x: (batch, tokens, heads, head width)."""
    even, odd = x[..., 0::2], x[..., 1::2]
    cosine, sine = cosine[None, :, None, :], sine[None, :, None, :]
    return torch.stack((even * cosine - odd * sine, even * sine + odd * cosine), dim=-1).flatten(-2)


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, kv_width = shape.embedding_width, shape.kv_head_count * shape.head_width
        self.shape = shape
        self.attention_norm = RootMeanSquareNorm(width, shape.norm_epsilon)
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, kv_width, bias=False)
        self.value = nn.Linear(width, kv_width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.feed_forward_norm = RootMeanSquareNorm(width, shape.norm_epsilon)
        self.gate = nn.Linear(width, shape.feed_forward_width, bias=False)
        self.up = nn.Linear(width, shape.feed_forward_width, bias=False)
        self.down = nn.Linear(shape.feed_forward_width, width, bias=False)

    def forward(self, x, cosine, sine, blocked):
        x = x + self.attend(self.attention_norm(x), cosine, sine, blocked)
        y = self.feed_forward_norm(x)
        return x + self.down(functional.silu(self.gate(y)) * self.up(y))

    def attend(self, x, cosine, sine, blocked):
        batch, tokens, _ = x.shape
        shape, group = self.shape, self.shape.head_count // self.shape.kv_head_count
        query = rotate(self.query(x).view(batch, tokens, shape.head_count, shape.head_width), cosine, sine)
        key = rotate(self.key(x).view(batch, tokens, shape.kv_head_count, shape.head_width), cosine, sine)
        value = self.value(x).view(batch, tokens, shape.kv_head_count, shape.head_width)
        # Heads of one group share keys and values: they are laid side by side, as more rows of the same product.
        query = query.view(batch, tokens, shape.kv_head_count, group, -1).permute(0, 2, 3, 1, 4)
        query = query.reshape(batch * shape.kv_head_count, group * tokens, -1)
        key = key.permute(0, 2, 3, 1).reshape(batch * shape.kv_head_count, -1, tokens)
        value = value.permute(0, 2, 1, 3).reshape(batch * shape.kv_head_count, tokens, -1)
        scores = torch.bmm(query, key).float() * shape.head_width**-0.5
        scores = scores.view(-1, group, tokens, tokens).masked_fill(blocked, float("-inf"))
        mixed = torch.bmm(scores.softmax(-1).view(-1, group * tokens, tokens), value)
        mixed = mixed.view(batch, shape.kv_head_count, group, tokens, -1).permute(0, 3, 1, 2, 4)
        return self.output(mixed.reshape(batch, tokens, -1))


class Llama(nn.Module):
    """Token ids (batch, tokens) → logits (batch, tokens, vocabulary). The embedding is the output matrix too."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary_count, shape.embedding_width)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layer_count))
        self.norm = RootMeanSquareNorm(shape.embedding_width, shape.norm_epsilon)
        cosine, sine = rotary_tables(shape)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)
        self.apply(self.initialise)

    def initialise(self, module):
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)

    def forward(self, ids, wanted=None):
        """`wanted` (batch, tokens), booleans: if given, logits of those places alone, as (places, vocabulary)."""
        tokens = ids.shape[1]
        blocked = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x, self.cosine[:tokens], self.sine[:tokens], blocked)
        x = self.norm(x if wanted is None else x[wanted])
        return functional.linear(x, self.embedding.weight)

    def parameter_count(self):
        return sum(parameter.numel() for parameter in self.parameters())
