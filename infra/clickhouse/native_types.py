"""Names of types, as a Native block has them: what they are made of, and how wide their values are."""

import re

_WIDTHS = {
    1: "Int8 UInt8 Bool Enum8 Nothing",
    2: "Int16 UInt16 Date Enum16 BFloat16",
    4: "Int32 UInt32 Float32 Date32 DateTime IPv4 Time Decimal32",
    8: "Int64 UInt64 Float64 DateTime64 Decimal64 Time64",
    16: "Int128 UInt128 UUID IPv6 Decimal128 Point",
    32: "Int256 UInt256 Decimal256",
}
_WIDTH = {name: width for width, names in _WIDTHS.items() for name in names.split()}
_SHAPES = {
    "Tuple()": "Nothing",
    "SharedVariant": "String",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "MultiPoint": "Array(Point)",
    "MultiLineString": "Array(Array(Point))",
    "Polygon": "Array(Array(Point))",
    "MultiPolygon": "Array(Array(Array(Point)))",
    "Geometry": "Variant(LineString, MultiLineString, MultiPolygon, Point, Polygon, Ring)",
}
_NAME = re.compile(r"(\w+)(?:\((.*)\))?$", re.DOTALL)
_ELEMENT = re.compile(r"^(?:\w+|`(?:[^`\\]|\\.)*`)\s+(?=[A-Z])", re.DOTALL)
_SIGN = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[(),]", re.DOTALL)
_DIGITS = ((9, 4), (18, 8), (38, 16), (76, 32))


def taken_apart(kind: str) -> tuple[str, str]:
    """The name of a type, and what stands in its brackets."""
    found = _NAME.match(_SHAPES.get(kind, kind))
    return (found.group(1), found.group(2) or "") if found else (kind, "")


def width_of(name: str, inner: str) -> int:
    """Bytes of a value; 0 for those of no fixed width."""
    if name == "FixedString":
        return int(inner)
    if name == "Decimal":
        digits = int(inner.partition(",")[0])
        return next(width for most, width in _DIGITS if digits <= most)
    if name == "QBit":
        element, dimension = _split(inner)[:2]
        return 8 * _WIDTH[element] * -(-int(dimension) // 8)
    return 8 if name.startswith("Interval") else _WIDTH.get(name, 0)


def inner_types(name: str, inner: str) -> list[str]:
    """The types inside a type; of JSON, those of its typed paths."""
    parts = _split(inner)
    if name == "SimpleAggregateFunction":
        return parts[1:]
    if name == "JSON":
        parts = [part for part in parts if _ELEMENT.match(part) and not part.startswith("SKIP ")]
    return [_ELEMENT.sub("", part) for part in parts] if name in {"Tuple", "Nested", "JSON"} else parts


def _split(text: str) -> list[str]:
    depth, start, parts = 0, 0, []
    for found in _SIGN.finditer(text):
        sign = found.group()
        if sign == "," and depth == 0:
            parts.append(text[start : found.start()].strip())
            start = found.end()
        else:
            depth += {"(": 1, ")": -1}.get(sign, 0)
    return [part for part in [*parts, text[start:].strip()] if part]
