"""Examples are read from JSON lines and YAML, and a slip names its line and the mend."""

import pytest

from agents.understanding.intent import UNKNOWN, Example
from agents.understanding.intent_examples import from_lines, from_yaml, outside
from agents.understanding.rules import Rule
from schemas.errors import Misconfigured

CATALOGUE = """
- name: refund
  domain: anything
  examples: {zh: [我要退款], en: [refund please]}
  patterns: ["money.{0,9}back"]
- name: hours
  examples:
    - 几点上班
  keywords: [opening hours]
- name: unknown
  examples: [tell me a joke]
"""


def test_yaml() -> None:
    read = from_yaml(CATALOGUE)
    assert read.examples == (
        Example("我要退款", "refund"),
        Example("refund please", "refund"),
        Example("几点上班", "hours"),
        Example("tell me a joke", UNKNOWN),
    )
    assert read.rules == (Rule("refund", patterns=("money.{0,9}back",)), Rule("hours", keywords=("opening hours",)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b: c", "line 1: not YAML"),
        ("[" * 3000, "not YAML"),
        ("refund: x", "line 1: no list"),
        ("- name: a\n  examples: [x]\n- name: b\n", "line 3: "),
        ("- name: a\n  examples: [1]\n", "line 1: .*quote numbers"),
        ("- name: a\n  examples: ['']\n", "line 1: a: an empty"),
        ("- name: a\n  examples: [x]\n  patterns: ['(']\n", "a: pattern"),
    ],
)
def test_a_slip_in_yaml_names_its_line(text: str, said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        from_yaml(text)


def test_lines() -> None:
    assert from_lines([b'{"text": "a", "intent": "b", "id": 1}\n', b"\n"]).examples == (Example("a", "b"),)


@pytest.mark.parametrize("bad", [b"no", b'{"text": "a"}', b'{"text": " ", "intent": "b"}', b'{"text": "\xff"}'])
def test_a_slip_in_lines_names_its_line(bad: bytes) -> None:
    with pytest.raises(Misconfigured, match="line 2: "):
        from_lines([b'{"text": "a", "intent": "b"}', bad])


def test_outside() -> None:
    assert outside("zh: [讲个笑话]\nen: [sing]") == (Example("讲个笑话", UNKNOWN), Example("sing", UNKNOWN))
    with pytest.raises(Misconfigured, match="zh and en"):
        outside("- a")
