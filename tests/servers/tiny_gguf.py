"""A tiny llama-architecture model with random weights: a real Ollama loads it and streams noise that ends by itself."""

from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

WORDS = "我们您好请的订单退款快递已经可以在今天到" + "abcdefghijklmnopqrstuvwxyz .,"
WIDTH, HEADS, LAYERS, INNER, CONTEXT = 64, 4, 2, 128, 8192
SPREAD = 0.15
"""Standard deviation of the output weights: how much the logits differ from one token to the next."""
UNSPOKEN, LAST = -4.0, 0.15
"""Weights of the constant input for tokens that are not said (bytes, controls) and for the end of the answer."""


def tokens() -> tuple[list[bytes], list[int]]:
    """The vocabulary with its types: three controls, 256 bytes to read any text, the words to speak."""
    raw = [f"<0x{byte:02X}>".encode() for byte in range(256)]
    words = [word.replace(" ", "▁").encode() for word in dict.fromkeys(WORDS)]
    kinds = gguf.TokenType
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL] + [kinds.BYTE] * len(raw) + [kinds.NORMAL] * len(words)
    return [b"<unk>", b"<s>", b"</s>", *raw, *words], [int(kind) for kind in types]


def write(path: Path, seed: int = 0) -> Path:
    """Write the model, 0.6 MB, the same bytes for the same seed."""
    vocabulary, types = tokens()
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer, vocabulary, types)
    _weigh(writer, len(vocabulary), np.random.default_rng(seed))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _describe(writer: gguf.GGUFWriter, vocabulary: list[bytes], types: list[int]) -> None:
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(vocabulary))
    writer.add_file_type(0)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(vocabulary)
    writer.add_token_scores([0.0] * len(vocabulary))
    writer.add_token_types(types)
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)


def _weigh(writer: gguf.GGUFWriter, vocabulary: int, random: np.random.Generator) -> None:
    def normal(rows: int, columns: int, spread: float = 0.02) -> NDArray[np.float32]:
        return (random.standard_normal((rows, columns)) * spread).astype(np.float32)

    embedding, output = normal(vocabulary, WIDTH, 1.0), normal(vocabulary, WIDTH, SPREAD)
    embedding[:, 0] = 4.0
    output[:, 0] = 0.0
    output[:259, 0] = UNSPOKEN
    output[2, :] = 0.0
    output[2, 0] = LAST
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, np.float32))
    writer.add_tensor("output.weight", output)
    shapes = {f"attn_{part}": (WIDTH, WIDTH) for part in ("q", "k", "v", "output")}
    shapes |= {"ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}
    for layer in range(LAYERS):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(WIDTH, np.float32))
        for name, (rows, columns) in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", normal(rows, columns))
