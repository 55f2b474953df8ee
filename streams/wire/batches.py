"""The records of a transaction, in one or more batches for each partition."""

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka.record.default_records import DefaultRecordBatchBuilder

from schemas.topics import MAX_RECORD_BYTES
from streams.progress import Place
from streams.wire.requests import Transaction

Headers = Sequence[tuple[str, bytes]]

BATCH_BYTES = MAX_RECORD_BYTES // 2
"""A batch is closed before it has more; one record may be larger by itself."""
ROUND_BYTES = 8 * MAX_RECORD_BYTES
"""So much goes out at a time, where there is more than one batch."""
_MAGIC, _LZ4 = 2, 3
_SEQUENCES = 2**31


@dataclass(slots=True)
class Batch:
    """Records for one partition. Once it was sent it stays as it is, so that the broker knows it again."""

    key: bytes | None
    """Of its first record."""
    builder: Any
    records: int = 0
    data: bytes = b""

    def add(self, stamp: int, key: bytes | None, value: bytes | None, headers: Headers | None) -> bool:
        """False where it is full."""
        if self.data or self.builder.append(self.records, stamp, key, value, list(headers or ())) is None:
            return False
        self.records += 1
        return True


class Batches:
    """Batches by partition, in order, and the sequence number of each partition's next record."""

    def __init__(self) -> None:
        self._waiting: dict[Place, deque[Batch]] = {}
        self._sequences: dict[Place, int] = defaultdict(int)

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._waiting)

    def add(self, place: Place, key: bytes | None, value: bytes | None, headers: Headers | None) -> None:
        stamp = int(time.time() * 1000)
        waiting = self._waiting.get(place)
        if waiting is None:
            waiting = self._waiting[place] = deque()
        if not waiting or not waiting[-1].add(stamp, key, value, headers):
            waiting.append(_new(key))
            waiting[-1].add(stamp, key, value, headers)

    def next_round(self, transaction: Transaction) -> Iterator[tuple[Place, bytes]]:
        """The first batch of each partition, as far as they go out at a time: more than one is not allowed to."""
        size = 0
        for place, waiting in self._waiting.items():
            data = self._built(place, waiting[0], transaction)
            if size and size + len(data) > ROUND_BYTES:
                return
            size += len(data)
            yield place, data

    def taken(self, place: Place) -> Batch:
        """The broker has the first batch of a partition, or never will."""
        batch = self._waiting[place].popleft()
        if not self._waiting[place]:
            del self._waiting[place]
        return batch

    def clear(self) -> None:
        self._waiting.clear()

    def begin_anew(self) -> None:
        """A new epoch counts from the beginning."""
        self._sequences.clear()

    def _built(self, place: Place, batch: Batch, transaction: Transaction) -> bytes:
        if not batch.data:
            first = self._sequences[place]
            batch.builder.set_producer_state(transaction.producer_id, transaction.epoch, first)
            batch.data = bytes(batch.builder.build())
            self._sequences[place] = (first + batch.records) % _SEQUENCES
        return batch.data


def _new(key: bytes | None) -> Batch:
    builder = DefaultRecordBatchBuilder(
        _MAGIC, _LZ4, is_transactional=1, producer_id=-1, producer_epoch=-1, base_sequence=0, batch_size=BATCH_BYTES
    )
    return Batch(key, builder)
