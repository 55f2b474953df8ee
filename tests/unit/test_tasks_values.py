"""What tools tell is data: found by path, cleaned for people, kept small, compared with rules."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.tasks.declaration import Condition, Label, Said
from agents.tasks.template import argument, filled, variant
from agents.tasks.values import ENTRIES, KEPT, SHOWN, day, found, holds, is_past, kept, said

NOW = 1_772_442_931.0
ORDER = {"status": "delivered", "items": [{"name": "lamp", "sku": "l"}, {"name": "mug"}], "total": 12.5, "note": None}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda value: st.lists(value, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "c"]), value, max_size=3),
    max_leaves=20,
)


def test_a_path_leads_through_lists() -> None:
    assert found(ORDER, ("items", "name")) == ["lamp", "mug"]
    assert found(ORDER, ("items", "name", "deeper")) == []
    assert found(ORDER, ("nothing", "there")) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb\x00c", "a b c"), ("<b>[x](y)</b>", "b [x](y) /b"), (12.0, "12"), (12.5, "12.5"), (None, ""), (True, ""),
        (["a", "", "b"], "a + b"), ({"a": 1}, ""), ("x" * 500, "x" * (SHOWN - 1) + "…"), ("\u202eabc", "abc"),
    ],
)  # fmt: skip
def test_a_value_is_said_in_one_line_without_markup(value: Any, text: str) -> None:
    assert said(value) == text


@given(JSON)
def test_any_value_can_be_said(value: Any) -> None:
    text = said(value)
    assert len(text) <= SHOWN
    assert "\n" not in text
    assert "<" not in text
    assert isinstance(day(value), str)


def test_what_a_tool_wrote_is_never_a_template() -> None:
    known = {"order": {"carrier": "{order.secret}[x]", "secret": "s"}}
    assert filled("by {order.carrier}", known, "en", {}) == "by order.secret [x]"


def test_a_part_without_its_value_is_left_out() -> None:
    labels = {"status": {"delivered": Label(zh="已签收", en="here")}}
    text = "{o.status|status}[ by {o.carrier}][, {o.total}]"
    assert filled(text, {"o": ORDER}, "zh", labels) == "已签收, 12.5"
    assert filled("{o.carrier}", {"o": ORDER}, "zh", labels) == "…"
    assert filled("{o.status|status}", {"o": {"status": "new"}}, "en", labels) == "new"


def test_an_argument_is_the_value_as_it_is() -> None:
    assert argument("{text}", {"text": "x" * 400}) == "x" * 400
    assert argument("{text}", {"text": ""}) == ""
    assert argument("no. {number}", {"number": "7"}) == "no. 7"


def test_a_variant_follows_from_the_seed() -> None:
    text = Said(zh=("一", "二"), en=("one", "two"))
    assert {variant(text, "zh", str(seed)) for seed in range(20)} == {"一", "二"}
    assert variant(text, "fr", "s") in text.en


@pytest.mark.parametrize(
    ("value", "past"),
    [
        ("2026-03-01", True), ("2026-03-02", False), ("2026-03-02T09:00:00Z", True), ("2026-03-02T23:00:00Z", False),
        ("soon", False), (None, False), ("9999-12-31", False), (17, False),
    ],
)  # fmt: skip
def test_a_day_is_past_after_its_last_moment(value: Any, past: bool) -> None:
    assert is_past(value, NOW) == past


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        (Condition(value="o.status", any_of=("delivered",)), True),
        (Condition(value="o.status", none_of=("delivered",)), False),
        (Condition(value="o.note", given=False), True), (Condition(value="o.items", given=True), True),
        (Condition(value="o.none", none_of=("x",)), True), (Condition(value="b", any_of=("true",)), True),
    ],
)  # fmt: skip
def test_conditions(condition: Condition, met: bool) -> None:
    assert holds(condition, {"o": ORDER, "b": True}, NOW) == met


def test_only_what_a_task_uses_is_kept() -> None:
    assert kept(ORDER, [("status",), ("items",), ("items", "name")]) == {
        "status": "delivered",
        "items": [{"name": "lamp"}, {"name": "mug"}],
    }


@given(JSON)
def test_what_is_kept_is_small_whatever_a_tool_tells(value: Any) -> None:
    made = kept({"a": value}, [("a",), ("a", "b")])
    assert len(json.dumps(made)) <= 64 + (KEPT * 6 + 24) * ENTRIES**4
    assert kept(value, []) is None or isinstance(kept(value, []), str | int | float | bool | list)
