"""Declarations of tasks are checked before anything starts, in words that help."""

import shutil
from pathlib import Path

import pytest

from agents.catalog import FOLDER
from agents.tasks import Tasks, load
from schemas.errors import Misconfigured

SMALL = """
name: small
title: {zh: 小, en: small}
slots:
  - name: code
    free: true
    ask: {zh: [码？], en: [Code?]}
steps:
  - {do: ask, slot: code}
  - {do: look, tool: t, keep: told, arguments: {code: '{code}'}}
  - do: stop
    branches: [{outcome: done, say: {zh: ['{told.a|status}'], en: ['{told.a|day}']}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tasks").mkdir()
    shutil.copy(FOLDER / "tasks.yaml", tmp_path / "tasks.yaml")
    (tmp_path / "tasks" / "small.yaml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def test_the_shipped_tasks_are_complete() -> None:
    names = {task.name for task in load().tasks}
    assert names == {
        "order_status", "return", "exchange", "refund_status", "invoice", "address_change", "coupon", "complaint"
    }  # fmt: skip


def test_a_folder_of_ones_own_is_read(folder: Path) -> None:
    assert [task.name for task in load(folder).tasks] == ["small"]


def test_a_folder_without_tasks_has_none(tmp_path: Path) -> None:
    declared = load(tmp_path)
    assert declared.tasks == ()
    Tasks(declared)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("name: small", "naem: small", "small.yaml.*unknown field"),
        ("slot: code}", "slot: coed}", "small: a step uses coed"),
        ("'{code}'", "'{coed}'", "a step uses coed"),
        ("{told.a|status}", "{tolled.a}", "no value tolled"),
        ("|status", "|statos", "no label statos"),
        ("    free: true\n", "", "slot code: nothing can fill it"),
        ("zh: [码？]", "zh: []", "no text in zh or en"),
        ("outcome: done, say", "outcome: done, when: [{value: code, given: true}], say", "it does not end"),
        ("    free: true\n", "    free: true\n    answer: ['(']\n", "no regular expression"),
        ("    free: true\n", "    free: true\n    answer: ['x*']\n", "matches an empty text"),
        ("keep: told", "keep: code", "one name"),
        ("outcome: done, say", "outcome: done, when: [{value: code}], say", "does not end|exactly one"),
        ("do: ask", "do: asks", "small.yaml"),
        (", say: {zh: ['{told.a|status}'], en: ['{told.a|day}']}}]", "}]", "a branch says nothing"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_mend(folder: Path, before: str, after: str, words: str) -> None:
    assert before in SMALL
    (folder / "tasks" / "small.yaml").write_text(SMALL.replace(before, after), encoding="utf-8")
    with pytest.raises(Misconfigured, match=words):
        load(folder)


def test_two_tasks_of_one_name_are_refused(folder: Path) -> None:
    (folder / "tasks" / "twin.yaml").write_text(SMALL, encoding="utf-8")
    with pytest.raises(Misconfigured, match="small stands twice"):
        load(folder)


def test_a_text_of_all_tasks_with_an_unknown_value_is_refused(folder: Path) -> None:
    shared = folder / "tasks.yaml"
    shared.write_text(shared.read_text(encoding="utf-8").replace("{offer}", "{ofer}"), encoding="utf-8")
    with pytest.raises(Misconfigured, match="no value ofer"):
        load(folder)
