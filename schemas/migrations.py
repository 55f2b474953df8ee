"""ClickHouse's tables and views as numbered steps, forward only: ``ddl/NNNN_name.sql``."""

import re
from dataclasses import dataclass
from importlib.resources import files

NUMBERED = re.compile(r"(\d{4})_(\w+)\.sql")


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: its number, its name and the statements that it runs in order."""

    number: int
    name: str
    statements: tuple[str, ...]


def migrations() -> tuple[Migration, ...]:
    """All steps in order."""
    found = [
        (match, file) for file in files("schemas").joinpath("ddl").iterdir() if (match := NUMBERED.fullmatch(file.name))
    ]
    steps = [Migration(int(match[1]), match[2], statements(file.read_text("utf-8"))) for match, file in found]
    return tuple(sorted(steps, key=lambda step: step.number))


def statements(sql: str) -> tuple[str, ...]:
    """The statements of a file: each ends in a semicolon that ends a line; comments have their own lines."""
    lines = [line for line in sql.splitlines() if not line.lstrip().startswith("--")]
    return tuple(part for text in re.split(r";\s*(?:\n|$)", "\n".join(lines)) if (part := text.strip()))
