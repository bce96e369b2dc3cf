"""
A small tokenizer of llama.cpp's type "llama" (SPM): pieces with scores, spaces as `▁`, unknown characters as bytes.

Pieces never have `▁` but at their start and never more than one digit, so that words are independent of each other and
numbers are read digit by digit. A piece's score is the order in which it was learned, so the best merge is the oldest.
"""

import heapq
import re
from collections import Counter

UNKNOWN, START, END = 0, 1, 2
SPECIALS = ("<unk>", "<|im_start|>", "<|im_end|>")
SPACE = "\u2581"
# llama.cpp's token types, as in its gguf.
TYPE_NORMAL, TYPE_UNKNOWN, TYPE_CONTROL, TYPE_BYTE = 1, 2, 3, 6
# Printable ASCII is all a piece of its own, so that whatever a newcomer types costs one token a character at most.
ASCII = tuple(chr(code) for code in range(33, 127))
WORD = re.compile(rf"{SPACE}?[^{SPACE}\n]+|[{SPACE}\n]")


class Tokenizer:
    """`pieces[id]` and their scores; `encode` gives what llama.cpp gives with add_space_prefix and add_bos off."""

    def __init__(self, learned):
        """`learned`: the pieces in order of learning, single characters first."""
        self.learned = list(learned)
        byte_pieces = [f"<0x{byte:02X}>" for byte in range(256)]
        self.pieces = [*SPECIALS, *byte_pieces, *self.learned]
        first_learned = len(SPECIALS) + 256
        self.scores = [0.0] * first_learned + [float(-order) for order in range(len(self.learned))]
        self.types = [TYPE_UNKNOWN, TYPE_CONTROL, TYPE_CONTROL] + [TYPE_BYTE] * 256 + [TYPE_NORMAL] * len(self.learned)
        self.ids = {piece: first_learned + order for order, piece in enumerate(self.learned)}
        self.known_words = {}

    def __len__(self):
        return len(self.pieces)

    def encode(self, text):
        """Token ids of plain text: special tokens in it are read as text."""
        ids = []
        for word in WORD.findall(text.replace(" ", SPACE)):
            found = self.known_words.get(word)
            if found is None:
                found = self.known_words[word] = self.encode_word(word)
            ids.extend(found)
        return ids

    def encode_word(self, word):
        """Merges neighbours while their join is a piece: best score first, then leftmost."""
        parts = list(word)
        following = list(range(1, len(parts))) + [-1]
        previous = list(range(-1, len(parts) - 1))
        queue = []

        def push(left):
            right = following[left] if left >= 0 else -1
            if right < 0:
                return
            found = self.ids.get(parts[left] + parts[right])
            if found is not None:
                heapq.heappush(queue, (-self.scores[found], left, len(parts[left] + parts[right]), right))

        for left in range(len(parts) - 1):
            push(left)
        while queue:
            _, left, length, right = heapq.heappop(queue)
            if not parts[left] or not parts[right] or len(parts[left]) + len(parts[right]) != length:
                continue
            parts[left] += parts[right]
            parts[right] = ""
            following[left] = following[right]
            if following[right] >= 0:
                previous[following[right]] = left
            push(previous[left])
            push(left)
        return [token for part in parts if part for token in self.tokens_of(part)]

    def tokens_of(self, part):
        found = self.ids.get(part)
        return [found] if found is not None else [len(SPECIALS) + byte for byte in part.encode("utf-8")]

    def decode(self, ids):
        """The text of ids; special tokens are left out."""
        data = bytearray()
        for token in ids:
            if token < len(SPECIALS):
                continue
            if token < len(SPECIALS) + 256:
                data.append(token - len(SPECIALS))
            else:
                data.extend(self.pieces[token].replace(SPACE, " ").encode("utf-8"))
        return data.decode("utf-8", errors="replace")

    def encode_chat(self, messages, is_prompt=False):
        """
        ChatML → (ids, mask); the mask is 1 for what the assistant writes, its `<|im_end|>` included. A prompt ends with
        the opening of the assistant's turn.
        """
        ids, mask = [], []

        def add(tokens, written):
            ids.extend(tokens)
            mask.extend([written] * len(tokens))

        for message in messages:
            written = 1 if message["role"] == "assistant" else 0
            add([START, *self.encode(f"{message['role']}\n")], 0)
            add([*self.encode(message["content"]), END], written)
            add(self.encode("\n"), 0)
        if is_prompt:
            add([START, *self.encode("assistant\n")], 0)
        return ids, mask


def learn_pieces(texts, vocabulary_count):
    """Byte-pair encoding over the words of `texts` → the learned pieces, until the vocabulary has `vocabulary_count`."""
    words = Counter()
    for text in texts:
        words.update(WORD.findall(text.replace(" ", SPACE)))
    characters = Counter()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    learned = [SPACE, *ASCII]
    learned += sorted(c for c, count in characters.items() if count >= 20 and c not in learned and c != "\n")
    splits = {word: list(word) for word in words}
    pairs, places = count_pairs(splits, words)
    known = set(learned)
    while len(learned) + len(SPECIALS) + 256 < vocabulary_count:
        best = max((pair for pair in pairs if pairs[pair] > 0), key=lambda pair: (pairs[pair], pair), default=None)
        if best is None:
            break
        merge(best, splits, words, pairs, places)
        if best[0] + best[1] not in known:
            known.add(best[0] + best[1])
            learned.append(best[0] + best[1])
    return learned


def is_joinable(left, right):
    """No digit joins anything but a space before it; a space stands at the start alone."""
    if SPACE in right or "\n" in left + right:
        return False
    return not any(character.isdigit() for character in left + right)


def count_pairs(splits, words):
    pairs, places = Counter(), {}
    for word, parts in splits.items():
        for pair in zip(parts, parts[1:]):
            if is_joinable(*pair):
                pairs[pair] += words[word]
                places.setdefault(pair, set()).add(word)
    return pairs, places


def merge(best, splits, words, pairs, places):
    """Joins `best` in every word that has it, and keeps the counts of pairs right."""
    for word in sorted(places.pop(best)):
        parts, count = splits[word], words[word]
        for pair in zip(parts, parts[1:]):
            if is_joinable(*pair):
                pairs[pair] -= count
        joined, at = [], 0
        while at < len(parts):
            if at + 1 < len(parts) and (parts[at], parts[at + 1]) == best:
                joined.append(best[0] + best[1])
                at += 2
            else:
                joined.append(parts[at])
                at += 1
        splits[word] = joined
        for pair in zip(joined, joined[1:]):
            if is_joinable(*pair):
                pairs[pair] += count
                places.setdefault(pair, set()).add(word)
    pairs.pop(best, None)
