"""A walk over a Native block, to find where its columns end (src/DataTypes/Serializations).

What a column begins with, before the values of all, says how the values are laid out: types and paths of a Dynamic or
JSON are known only there. So a column's beginning is read first, and gives what walks over its values.
"""

from collections.abc import Callable
from functools import partial

from infra.clickhouse.errors import NOT_IMPLEMENTED, Failure, failure
from infra.clickhouse.native_types import inner_types, taken_apart, width_of

_Values = Callable[[int], None]
"""Walks over the values of so many rows."""

_KEY_WIDTHS = (1, 2, 4, 8)
_BASIC_VARIANT = 0
_DYNAMIC, _FLAT_DYNAMIC = 1, 3
_JSON, _JSON_AS_STRING, _FLAT_JSON = 0, 1, 3
_MOST_TYPES = 254  # of a flat Dynamic whose rows tell their type in a byte


class Walk:
    def __init__(self, block: bytes) -> None:
        self.at = 0
        self._block = block

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self._block[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def text(self) -> bytes:
        return self._bytes(self.number())

    def kind(self) -> str:
        """A type, with a sign for each byte: names need not be UTF-8, and types are sorted by their bytes."""
        return self.text().decode("latin-1")

    def block(self) -> None:
        columns, rows = self.number(), self.number()
        for _ in range(columns):
            self.text()
            kind = self.kind()
            if rows:
                self.column(kind, rows)

    def column(self, kind: str, rows: int) -> None:
        """Walk over a column of some rows. Raises Failure if its end cannot be found."""
        self._begin(kind)(rows)

    def _bytes(self, size: int) -> bytes:
        self.at += size
        return self._block[self.at - size : self.at]

    def _word(self) -> int:
        return int.from_bytes(self._bytes(8), "little")

    def _begin(self, kind: str) -> _Values:
        name, inner = taken_apart(kind)
        if width := width_of(name, inner):
            return partial(self._fixed, width)
        kinds = inner_types(name, inner)
        match name:
            case "String":
                values: _Values = self._strings
            case "Nullable":
                values = partial(self._nullable, self._begin(kinds[0]))
            case "Array" | "Nested" | "Map":
                values = partial(self._array, self._begin_all(kinds))
            case "Tuple" | "SimpleAggregateFunction":
                values = self._begin_all(kinds)
            case "LowCardinality":
                values = self._begin_low_cardinality(kinds[0])
            case "Variant":
                values = self._begin_variant(kinds)
            case "Dynamic":
                values = self._begin_dynamic()
            case "JSON":
                values = self._begin_json(kinds)
            case _:
                raise _endless(name)
        return values

    def _begin_all(self, kinds: list[str]) -> _Values:
        return partial(self._all, [self._begin(kind) for kind in kinds])

    def _begin_low_cardinality(self, kind: str) -> _Values:
        self._word()
        name, inner = taken_apart(kind)
        return partial(self._low_cardinality, self._begin(inner if name == "Nullable" else kind))

    def _begin_variant(self, kinds: list[str]) -> _Values:
        if self._word() != _BASIC_VARIANT:
            raise _endless("Variant")
        return partial(self._chosen, [self._begin(kind) for kind in kinds])

    def _begin_dynamic(self) -> _Values:
        version = self._word()
        if version == _DYNAMIC:
            self.number()
        elif version != _FLAT_DYNAMIC:
            raise _endless("Dynamic")
        kinds = [self.kind() for _ in range(self.number())]
        if version == _DYNAMIC:
            return self._begin_variant(sorted([*kinds, "SharedVariant"]))
        if len(kinds) > _MOST_TYPES:
            raise _endless("Dynamic")
        return partial(self._chosen, [self._begin(kind) for kind in kinds])

    def _begin_json(self, typed: list[str]) -> _Values:
        version = self._word()
        if version == _JSON_AS_STRING:
            return self._strings
        if version == _JSON:
            self.number()
        elif version != _FLAT_JSON:
            raise _endless("JSON")
        paths = [self.text() for _ in range(self.number())]
        shared = ["Map(String, String)"] if version == _JSON else []
        return self._begin_all([*typed, *["Dynamic"] * len(paths), *shared])

    def _fixed(self, width: int, rows: int) -> None:
        self.at += width * rows

    def _strings(self, rows: int) -> None:
        block, at = self._block, self.at
        for _ in range(rows):
            size = block[at]
            at += 1
            if size > 0x7F:
                self.at = at - 1
                size = self.number()
                at = self.at
            at += size
        self.at = at

    def _all(self, each: list[_Values], rows: int) -> None:
        for values in each:
            values(rows)

    def _nullable(self, values: _Values, rows: int) -> None:
        self.at += rows
        values(rows)

    def _array(self, values: _Values, rows: int) -> None:
        if rows:
            self.at += 8 * (rows - 1)
            values(self._word())

    def _low_cardinality(self, values: _Values, rows: int) -> None:
        if not rows:
            return
        width = _KEY_WIDTHS[self._word() & 3]
        values(self._word())
        self.at += 8 + width * rows

    def _chosen(self, each: list[_Values], rows: int) -> None:
        """Values of which each row has one or none, as a byte of each row says."""
        choices = self._bytes(rows)
        for index, values in enumerate(each):
            values(choices.count(index))


def _endless(name: str) -> Failure:
    return failure(NOT_IMPLEMENTED, f"A column of {name} before another one cannot be sent as Native: put it last.")
