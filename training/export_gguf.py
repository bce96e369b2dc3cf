"""
Writes a checkpoint of train.py as a GGUF file that llama.cpp serves: architecture "llama", matrices in Q8_0.

    python3 training/export_gguf.py --checkpoint run/checkpoint.pt --out training/model/rigger-5m.gguf

It needs PyTorch to read the checkpoint, and nothing else. The same checkpoint gives the same file, to the byte.
"""

import argparse
import hashlib
import json
import pickle
import struct
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))
import gguf  # noqa: E402
from model import Llama, Shape  # noqa: E402
from refusal import Refusal, run_program  # noqa: E402
from tokenizer import END, START, UNKNOWN, Tokenizer  # noqa: E402

# What the repository can carry.
FILE_BYTES_MAX = 12_000_000
# llama.cpp's `llama_ftype` of "mostly Q8_0", and the version of its quantised blocks.
FILE_TYPE_Q8_0, QUANTIZATION_VERSION = 7, 2
# ChatML, as Tokenizer.encode_chat writes it.
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
DESCRIPTION = (
    "Answers short questions about graphics cards, VRAM, mining rigs and Rerig, in English, and knows little else. "
    "It can be wrong: `rerig assess` prints the catalogue that it learned."
)
CHECKPOINT_KEYS = ("model", "shape", "learned", "seed", "step", "step_count", "token_count")


def parse_options():
    parser = argparse.ArgumentParser(
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=__doc__,
        epilog="On stdout: one JSON document with the file's size, SHA-256 and what it holds. Status 1: a refusal.",
    )
    parser.add_argument("--checkpoint", required=True, metavar="FILE", help="checkpoint.pt of your own train.py run")
    parser.add_argument("--out", required=True, metavar="FILE", help="the GGUF file; it is replaced whole")
    parser.add_argument("--name", default="rigger-5m", help="the model's name in the file (%(default)s)")
    parser.add_argument("--unfinished", action="store_true", help="export even if the run has steps left to do")
    return parser.parse_args()


def read_checkpoint(path, is_unfinished_allowed):
    """
    The checkpoint of train.py. Refuses what is none, and a run that is not done unless that is wanted. PyTorch 1.13 runs
    what a checkpoint tells it to: read only those that you made.
    """
    try:
        saved = torch.load(path, map_location="cpu")
    except OSError as error:
        raise Refusal(
            f"The checkpoint {path} can't be read.",
            f"The system says: {error.strerror or error}.",
            "Give --checkpoint the checkpoint.pt in the --out folder of train.py.",
        ) from error
    except (RuntimeError, pickle.UnpicklingError, EOFError, KeyError, ValueError) as error:
        raise not_a_checkpoint(path, f"PyTorch says: {str(error).splitlines()[0] if str(error) else type(error).__name__}.") from error
    missing = [key for key in CHECKPOINT_KEYS if not isinstance(saved, dict) or key not in saved]
    if missing:
        raise not_a_checkpoint(path, f"It has no {', '.join(missing)}.")
    if saved["step"] < saved["step_count"] and not is_unfinished_allowed:
        raise Refusal(
            f"The run of {path} is not done.",
            f"It stands at step {saved['step']} of {saved['step_count']}.",
            "Start train.py again with the same options and it goes on; or give --unfinished to export what is there.",
        )
    return saved


def not_a_checkpoint(path, why):
    return Refusal(f"{path} is not a whole checkpoint of train.py.", why, "Give --checkpoint the file that train.py saved.")


def restore(saved):
    """(model, tokenizer) of a checkpoint, ready to answer."""
    model = Llama(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"])
    return model.eval(), Tokenizer(saved["learned"])


def encode_q8(matrix):
    """
    Rows as Q8_0: blocks of 32 numbers, one F16 scale and 32 signed bytes each. The bytes are counted in the scale as
    F16 stores it, so that the scale's own rounding adds no error.
    """
    blocks = matrix.reshape(-1, gguf.Q8_0_BLOCK).double()
    scales = (blocks.abs().amax(dim=1, keepdim=True) / 127).half()
    steps = scales.double()
    counts = torch.where(steps > 0, blocks / steps, torch.zeros_like(blocks)).round().clamp(-127, 127).int()
    pack = struct.Struct(f"<e{gguf.Q8_0_BLOCK}b").pack
    return b"".join(pack(scale, *row) for (scale,), row in zip(scales.tolist(), counts.tolist()))


def tensors_of(model):
    """(name as llama.cpp knows it, tensor), in the file's order. There is no output.weight: the embedding is used."""
    yield "token_embd.weight", model.embedding.weight
    for index, layer in enumerate(model.layers):
        parts = {
            "attn_norm": layer.attention_norm,
            "attn_q": layer.query,
            "attn_k": layer.key,
            "attn_v": layer.value,
            "attn_output": layer.output,
            "ffn_norm": layer.feed_forward_norm,
            "ffn_gate": layer.gate,
            "ffn_up": layer.up,
            "ffn_down": layer.down,
        }
        for name, part in parts.items():
            yield f"blk.{index}.{name}.weight", part.weight
    yield "output_norm.weight", model.norm.weight


def add_tensors(file, model):
    """Matrices in Q8_0, norms in F32. Query and key need no new order: model.py turns neighbours, as llama.cpp does."""
    for name, tensor in tensors_of(model):
        values = tensor.detach().float()
        dimensions = list(reversed(values.shape))
        if values.dim() == 1:
            file.add_tensor(name, dimensions, gguf.F32, struct.pack(f"<{len(values)}f", *values.tolist()))
        elif dimensions[0] % gguf.Q8_0_BLOCK != 0:
            raise Refusal(
                f"The tensor {name} can't be written as Q8_0.",
                f"Its rows have {dimensions[0]} numbers, no multiple of {gguf.Q8_0_BLOCK}.",
                f"Train with --embedding-width and --feed-forward-width that are multiples of {gguf.Q8_0_BLOCK}.",
            )
        else:
            file.add_tensor(name, dimensions, gguf.Q8_0, encode_q8(values))


def add_model_entries(file, name, saved, model):
    shape = model.shape
    file.add_text("general.architecture", "llama")
    file.add_text("general.type", "model")
    file.add_text("general.name", name)
    file.add_text("general.description", DESCRIPTION)
    file.add_text("general.license", "apache-2.0")
    file.add_texts("general.languages", ["en"])
    file.add_number("general.file_type", gguf.UINT32, FILE_TYPE_Q8_0)
    file.add_number("general.quantization_version", gguf.UINT32, QUANTIZATION_VERSION)
    numbers = {
        "vocab_size": shape.vocabulary_count,
        "context_length": shape.context_token_count,
        "embedding_length": shape.embedding_width,
        "block_count": shape.layer_count,
        "feed_forward_length": shape.feed_forward_width,
        "attention.head_count": shape.head_count,
        "attention.head_count_kv": shape.kv_head_count,
        "rope.dimension_count": shape.head_width,
    }
    for key, value in numbers.items():
        file.add_number(f"llama.{key}", gguf.UINT32, value)
    file.add_number("llama.rope.freq_base", gguf.FLOAT32, shape.rope_base)
    file.add_number("llama.attention.layer_norm_rms_epsilon", gguf.FLOAT32, shape.norm_epsilon)
    # How it was made. Seconds stay out: they tell of a machine, and would make two equal models unequal files.
    file.add_text("rerig.training.recipe", "training/ of Rerig")
    for key in ("seed", "step", "step_count", "token_count"):
        file.add_number(f"rerig.training.{key}", gguf.UINT64, saved[key])
    file.add_number("rerig.training.parameter_count", gguf.UINT64, model.parameter_count())


def add_tokenizer_entries(file, tokenizer):
    file.add_text("tokenizer.ggml.model", "llama")
    file.add_text("tokenizer.ggml.pre", "default")
    file.add_texts("tokenizer.ggml.tokens", tokenizer.pieces)
    file.add_numbers("tokenizer.ggml.scores", gguf.FLOAT32, tokenizer.scores)
    file.add_numbers("tokenizer.ggml.token_type", gguf.INT32, tokenizer.types)
    ids = {"unknown": UNKNOWN, "bos": START, "eos": END, "padding": UNKNOWN}
    for key, token in ids.items():
        file.add_number(f"tokenizer.ggml.{key}_token_id", gguf.UINT32, token)
    for key in ("add_bos_token", "add_eos_token", "add_space_prefix"):
        file.add_number(f"tokenizer.ggml.{key}", gguf.BOOL, False)
    file.add_text("tokenizer.chat_template", CHAT_TEMPLATE)


def main():
    options = parse_options()
    saved = read_checkpoint(options.checkpoint, options.unfinished)
    model, tokenizer = restore(saved)
    file = gguf.GgufFile()
    add_model_entries(file, options.name, saved, model)
    add_tokenizer_entries(file, tokenizer)
    add_tensors(file, model)
    data = file.to_bytes()
    if len(data) > FILE_BYTES_MAX:
        raise Refusal(
            f"The file would be {len(data):,} bytes.",
            f"The repository carries at most {FILE_BYTES_MAX:,}.",
            "Train with fewer layers or smaller widths.",
        )
    try:
        gguf.write_whole(Path(options.out), data)
    except OSError as error:
        raise Refusal(
            f"The file {options.out} can't be written.",
            f"The system says: {error.strerror or error}.",
            "Give --out a path in a folder that exists, where this user may write and the disk has room.",
        ) from error
    summary = {
        "path": options.out,
        "fileBytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "parameterCount": model.parameter_count(),
        "vocabularyTokens": len(tokenizer),
        "step": saved["step"],
        "stepCount": saved["step_count"],
        "trainedTokens": saved["token_count"],
    }
    print(json.dumps(summary, indent=2))


if __name__ == "__main__":
    run_program(main)
