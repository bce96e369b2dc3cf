"""
Writes GGUF, version 3: the file format of llama.cpp, little-endian.

    magic "GGUF" · version · counts · metadata entries · places of the tensors · padding · the tensors, each padded

Facts of the format: ggml's docs/gguf.md, and `ggml.h` for the types of tensors (llama.cpp v0.5.0, 2026-09-28).
"""

import os
import struct

VERSION = 3
ALIGNMENT_BYTES = 32
# Value types of metadata that we write, as struct spells them: number, format.
UINT32, INT32, FLOAT32, BOOL, UINT64 = (4, "I"), (5, "i"), (6, "f"), (7, "?"), (10, "Q")
TEXT_TYPE, LIST_TYPE = 8, 9
# Tensor types that we write.
F32, Q8_0 = 0, 8
Q8_0_BLOCK = 32
NAME_BYTES_MAX = 63


class GgufFile:
    """A file that grows in memory, entry by entry and tensor by tensor, in the order in which they are written."""

    def __init__(self):
        self.entries, self.places, self.contents = [], [], []
        self.content_bytes = 0

    def add_number(self, key, kind, value):
        """`kind`: one of UINT32, FLOAT32, …"""
        number, letter = kind
        self.entries.append(text(key) + struct.pack(f"<I{letter}", number, value))

    def add_text(self, key, value):
        self.entries.append(text(key) + struct.pack("<I", TEXT_TYPE) + text(value))

    def add_texts(self, key, values):
        head = struct.pack("<IIQ", LIST_TYPE, TEXT_TYPE, len(values))
        self.entries.append(text(key) + head + b"".join(text(value) for value in values))

    def add_numbers(self, key, kind, values):
        number, letter = kind
        head = struct.pack("<IIQ", LIST_TYPE, number, len(values))
        self.entries.append(text(key) + head + struct.pack(f"<{len(values)}{letter}", *values))

    def add_tensor(self, name, dimensions, kind, content):
        """`dimensions` as GGUF counts them: the one whose neighbours lie side by side first."""
        if len(name.encode("utf-8")) > NAME_BYTES_MAX:
            raise ValueError(f"tensor name {name!r} is longer than the {NAME_BYTES_MAX} bytes that llama.cpp keeps")
        shape = struct.pack(f"<I{len(dimensions)}Q", len(dimensions), *dimensions)
        self.places.append(text(name) + shape + struct.pack("<IQ", kind, self.content_bytes))
        self.contents.append(padded(content))
        self.content_bytes += len(self.contents[-1])

    def to_bytes(self):
        counts = struct.pack("<IQQ", VERSION, len(self.places), len(self.entries))
        head = b"GGUF" + counts + b"".join(self.entries) + b"".join(self.places)
        return padded(head) + b"".join(self.contents)


def text(value):
    data = value.encode("utf-8")
    return struct.pack("<Q", len(data)) + data


def padded(data):
    """Zeros up to the next multiple of the alignment."""
    return data + bytes(-len(data) % ALIGNMENT_BYTES)


def write_whole(path, data):
    """A reader sees the old file or the new one, never a half, also where the power fails."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
