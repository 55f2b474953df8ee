"""First level of the answer cache: the last entries of this process."""

from collections import OrderedDict

ENTRIES = 1_000


class Memory:
    """The entries that were used last. Implements agents.cache.answers.Level."""

    name = "process"

    def __init__(self, entries: int = ENTRIES) -> None:
        self._entries, self._kept = entries, OrderedDict[bytes, bytes]()

    def get(self, key: bytes) -> bytes | None:
        value = self._kept.get(key)
        if value is not None:
            self._kept.move_to_end(key)
        return value

    def put(self, key: bytes, value: bytes) -> None:
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._entries:
            self._kept.popitem(last=False)

    def drop(self, key: bytes) -> None:
        self._kept.pop(key, None)

    def size(self) -> int:
        return len(self._kept)

    def close(self) -> None:
        self._kept.clear()
