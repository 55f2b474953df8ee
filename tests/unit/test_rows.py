"""A row is the event and its place; the same record twice gives the same row."""

import json

import pytest

from schemas import codec, examples
from schemas.migrations import migrations, statements
from schemas.rows import TABLES, Table, line

CASES = [
    pytest.param(table, value, id=f"{table.name}/{name}")
    for table in TABLES
    for name, value in examples.good(table.topic)
]


@pytest.mark.parametrize(("table", "value"), CASES)
def test_a_row_holds_every_field_and_the_place(table: Table, value: dict[str, object]) -> None:
    event = codec.decode(table.topic, json.dumps(value).encode())
    row = json.loads(line(event, table.topic.name, 3, 17, 12))
    place = {"kafka_topic": table.topic.name, "kafka_partition": 3, "kafka_offset": 17, "kafka_previous": 12}
    assert row == value | place


@pytest.mark.parametrize(("table", "value"), CASES)
def test_the_same_record_twice_gives_the_same_row(table: Table, value: dict[str, object]) -> None:
    raw = json.dumps(value).encode()
    one, two = (line(codec.decode(table.topic, raw), "t", 0, 1, 0) for _ in range(2))
    assert one == two


def test_every_table_has_its_fields_as_columns() -> None:
    ddl = "\n".join(statement for step in migrations() for statement in step.statements)
    for table in TABLES:
        (create,) = [
            part for part in ddl.split("CREATE ")[1:] if part.startswith(f"TABLE IF NOT EXISTS {table.name}\n")
        ]
        columns = {text.split()[0].strip("`") for text in create.splitlines()[2:] if text.startswith("    ")}
        assert set(table.topic.value.__struct_fields__) <= columns


def test_the_steps_are_numbered_without_a_gap() -> None:
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_file_is_split_at_semicolons_that_end_a_line() -> None:
    sql = "-- a; comment;\nSELECT ';' AS a;\nSELECT\n  2;\n"
    assert statements(sql) == ("SELECT ';' AS a", "SELECT\n  2")
