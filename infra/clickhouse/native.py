"""Native results as newer clients read them: with what ClickHouse adds to a block for their protocol version.

chDB writes blocks for version 0. From 51903 on a block begins with its info, from 54454 on every column tells whether
its serialization is a special one (src/Formats/NativeWriter.cpp); to put that in, columns must be told apart.
"""

from infra.clickhouse.native_walk import Walk

_BLOCK_INFO = 51903
_SERIALIZATION = 54454
_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"  # no overflow rows, no bucket
_ORDINARY = b"\x00"


def for_protocol(block: bytes, protocol: int) -> bytes:
    """One block of version 0 as the version has it. Raises Failure for a column whose end cannot be found."""
    if protocol < _BLOCK_INFO:
        return block
    return _INFO + (block if protocol < _SERIALIZATION else _with_serialization(block))


def each_for_protocol(blocks: bytes, protocol: int) -> bytes:
    """The same for any number of blocks in a row, whose columns all have to be of known sizes."""
    walk, done, start = Walk(blocks), list[bytes](), 0
    while walk.at < len(blocks):
        walk.block()
        done.append(for_protocol(blocks[start : walk.at], protocol))
        start = walk.at
    return b"".join(done)


def _with_serialization(block: bytes) -> bytes:
    walk = Walk(block)
    columns, rows = walk.number(), walk.number()
    parts, copied = [], 0
    for index in range(columns):
        walk.text()
        kind = walk.kind()
        parts += [block[copied : walk.at], _ORDINARY]
        copied = walk.at
        if rows and index < columns - 1:
            walk.column(kind, rows)
    return b"".join([*parts, block[copied:]])
