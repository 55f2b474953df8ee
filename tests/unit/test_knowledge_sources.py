"""Folders, files and declarations of knowledge sources: what they say becomes articles, what is wrong gets words."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from schemas.errors import Misconfigured, Rejected
from schemas.operations import Article
from streams.knowledge import files, markdown, plan, rows, sync
from streams.knowledge.declared import Source, load
from streams.knowledge.files import signature
from streams.knowledge.plan import Changes, Published
from streams.knowledge.rows import Row

NOTHING = Published({}, {})
HANDBOOK = """---
domain: returns
language: en
valid_from: 2026-11-01
questions:
  - Anything about returns
---
Read this first.

# Returns

## How long
Seven days. <!-- a remark --> Really.
<!-- questions: Until when can I return | Is there a deadline -->

## Empty
### What it costs
```
# no heading
```
Nothing.
## How long
Once more.
"""


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests write their files wholly before these are read."""
    monkeypatch.setattr(files, "SETTLED_S", 0.0)


def source(**fields: Any) -> Source:
    return msgspec.convert({"name": "shop", "kind": "csv", "path": "x"} | fields, Source)


def articles(given: Source) -> dict[str, Article]:
    return {article.article_id: article for article in found(given).changed}


def found(given: Source, there: Published = NOTHING) -> Changes:
    return sync.read(given, there, pauses=()).changes


def test_each_heading_with_a_text_is_an_article(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "returns.md").write_text(HANDBOOK)
    (tmp_path / "hours.zh.md").write_text("# 营业时间\n每天九点到十八点。", encoding="utf-8-sig")
    (tmp_path / "note.txt").write_text("# No\nnot Markdown")
    read = articles(source(kind="markdown", path=str(tmp_path), domain="general"))
    assert [(name, entry.title) for name, entry in sorted(read.items())] == [
        ("shop.deep/returns.md#deep-returns-md", "deep/returns.md"),
        ("shop.deep/returns.md#how-long", "How long"),
        ("shop.deep/returns.md#how-long-2", "How long"),
        ("shop.deep/returns.md#what-it-costs", "What it costs"),
        ("shop.hours.zh.md#营业时间", "营业时间"),
    ]
    long = read["shop.deep/returns.md#how-long"]
    assert (long.text, long.domain, long.language) == ("Seven days.  Really.", "returns", "en")
    assert long.questions == ("Until when can I return", "Is there a deadline")
    assert long.valid_from == "2026-11-01T00:00:00.000Z"
    assert read["shop.deep/returns.md#what-it-costs"].text == "```\n# no heading\n```\nNothing."
    assert read["shop.deep/returns.md#what-it-costs"].questions == ("Anything about returns",)
    assert (read["shop.hours.zh.md#营业时间"].language, read["shop.hours.zh.md#营业时间"].domain) == ("zh", "general")


def test_front_matter_that_is_none_is_said(tmp_path: Path) -> None:
    for front in ("a: [", "just words"):
        with pytest.raises(Rejected, match=r"x\.md: the front matter"):
            markdown.rows("x.md", f"---\n{front}\n---\n# A\nb")


def test_a_csv_file_names_its_columns_or_is_told_them(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text(
        'id,question,answer,questions\n1,几天到货,两天。,多久送到|什么时候到\n2,How much,"Ten, or more",\n', "utf-8"
    )
    read = articles(source(path=str(file)))
    assert [(name, entry.language) for name, entry in sorted(read.items())] == [("shop.1", "zh"), ("shop.2", "en")]
    assert read["shop.1"].questions == ("多久送到", "什么时候到")
    assert read["shop.2"].text == "Ten, or more"
    told = articles(
        source(path=str(file), columns={"title": "answer", "text": "{question}: {answer}", "id": "question"})
    )
    assert told["shop.How much"].text == "How much: Ten, or more"


def test_json_lines_are_articles_or_questions_with_answers(tmp_path: Path) -> None:
    file = tmp_path / "faq.jsonl"
    file.write_text(
        '{"question": "How long?", "answer": "Two days.", "similar_questions": ["When?", "Which day?"]}\n\n'
        '{"article_id": "own.id", "title": "价格", "text": "{price}元", "price": 12.5, "tenant": "own", "version": 4}\n'
    )
    given = source(kind="jsonl", path=str(file), values={"columns": {"price": "price"}, "stale_after": 60})
    by_title = {entry.title: entry for entry in articles(given).values()}
    assert by_title["How long?"].questions == ("When?", "Which day?")
    assert by_title["How long?"].article_id.startswith("shop.")
    price = by_title["价格"]
    assert (price.article_id, price.tenant, price.version) == ("own.id", "own", 4)
    assert (price.values, price.text, price.stale_after_s) == ({"price": "12.5"}, "{price}元", 60)


def test_a_file_that_cannot_be_read_deletes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "faq.jsonl"
    for content, said in ((b"{no\n", "line 1"), (b"\xff", "not UTF-8"), (None, "No such file")):
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(sync.Failed, match=said):
            found(source(kind="jsonl", path=str(file)))
    with pytest.raises(sync.Failed, match="no folder"):
        found(source(kind="markdown", path=str(tmp_path / "nowhere")))


def test_a_file_that_changes_has_another_signature(tmp_path: Path) -> None:
    given = source(kind="markdown", path=str(tmp_path))
    seen = [signature(given)]
    (tmp_path / "a.md").write_text("# A\nb")
    seen.append(signature(given))
    (tmp_path / "a.md").write_text("# A\nbc")
    seen.append(signature(given))
    (tmp_path / "a.md").unlink()
    assert len(set(seen)) == 3
    assert signature(given) == seen[0] == ()


def published(*entries: Article) -> Published:
    return Published({entry.article_id: entry for entry in entries}, {entry.article_id: "shop" for entry in entries})


def test_only_differences_are_published_and_the_version_counts_them(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text("id,title,text\na,A,one\nb,B,two\nc,C,three\n")
    first = found(source(path=str(file)))
    assert [entry.version for entry in first.changed] == [1, 1, 1]
    there = published(*first.changed)
    assert found(source(path=str(file)), there) == Changes((), (), 3, ())
    file.write_text("id,title,text\na,A,one\nb,B,anew\nd,D,four\n")
    second = found(source(path=str(file)), there)
    assert [(entry.article_id, entry.version) for entry in second.changed] == [("shop.b", 2), ("shop.d", 1)]
    assert (second.removed, second.unchanged) == (("shop.c",), 1)


def test_rows_that_cannot_be_used_keep_what_is_published(tmp_path: Path) -> None:
    file = tmp_path / "faq.csv"
    file.write_text("id,title,text,language,valid_until,version\na,A,one,en,,\n")
    there = published(*found(source(path=str(file))).changed)
    file.write_text(
        "id,title,text,language,valid_until,version\na,,one,en,,\nb,B,two,fr,,\nc,C,x,en,soon,\nd,D,x,en,,new\ne,E,x,en-GB,,\n"
        "e,E,again,en,,\n"
    )
    changes = found(source(path=str(file)), there)
    assert [entry.article_id for entry in changes.changed] == ["shop.e"]
    assert changes.removed == ()
    assert [note.split(";")[0] for note in changes.notes] == [
        "e stands twice: the first one counts",
        "a: title empty",
        "b: language 'fr' is neither zh nor en",
        "c: 'soon' is no time",
        "d: version 'new' is no whole number",
    ]


def test_an_article_of_another_source_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "faq.jsonl"
    file.write_text('{"article_id": "refund-time.en", "title": "A", "text": "b"}\n')
    for owner, said in (("", "the catalogue or by hand"), ("other", "source other")):
        changes = found(source(kind="jsonl", path=str(file)), Published({}, {"refund-time.en": owner}))
        assert (changes.changed, changes.removed) == ((), ())
        assert said in changes.notes[0]


def test_times_of_a_day_hold_for_the_whole_day() -> None:
    fields = {"id": "a", "title": "A", "text": "b", "valid_from": "2026-11-01", "valid_until": "2026-11-11"}
    made = rows.article(source(), Row("a", fields))
    assert (made.valid_from, made.valid_until) == ("2026-11-01T00:00:00.000Z", "2026-11-12T00:00:00.000Z")


class Table:
    """A reading of rows in memory that notes which were asked for."""

    def __init__(self, **marks: str) -> None:
        self.unread: list[str] = []
        self.asked: list[str] = []
        self._marks = marks

    def marks(self) -> dict[str, str]:
        return self._marks

    def rows(self, keys: Any) -> Any:
        self.asked += keys
        return (Row(key, {"title": key, "text": self._marks[key]}, self._marks[key]) for key in keys)

    def values(self) -> dict[str, dict[str, str]]:
        return {}

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [
        ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}, []),
        ({"a": "1", "b": "2"}, {"a": "3", "b": "2", "c": "1"}, ["a", "c"]),
        ({"a": "", "b": ""}, {"a": "", "b": ""}, ["a", "b"]),
        ({"a": "2026-03-02T09:00:00", "b": "2026-03-02T09:00:05"},) * 2 + (["b"],),
        ({"a": "2026-03-02T09:00:04", "b": "2026-03-02T09:00:05"},) * 2 + (["a", "b"],),
    ],
    ids=["none", "changed and new", "no marks", "newest again", "newest two again"],
)
def test_only_rows_whose_mark_differs_are_read(before: dict[str, str], after: dict[str, str], asked: list[str]) -> None:
    given = source()
    first = plan.changes(given, Table(**before), NOTHING, 0.0)
    table = Table(**after)
    there = published(*first.changed)._replace(fingerprint=given.fingerprint)
    plan.changes(given, table, there, 0.0)
    assert table.asked == asked


def declared(tmp_path: Path, *sources: dict[str, Any]) -> tuple[Source, ...]:
    file = tmp_path / "sources.yaml"
    file.write_text(yaml.safe_dump({"sources": list(sources)}))
    return load(file)


TABLE = {
    "name": "shop", "kind": "mysql", "database": "d", "user": "u", "table": "t",
    "columns": {"id": "a", "title": "b", "text": "c"},
}  # fmt: skip


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (given,) = declared(tmp_path, {"name": "shop", "kind": "csv", "path": "faq/x.csv"})
    assert given.path == str(tmp_path / "faq/x.csv")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ([{"name": "a b", "kind": "csv", "path": "x"}], "letters, digits and hyphens"),
        ([{"name": "a", "kind": "csv", "path": "x"}] * 2, "another source has this name"),
        ([{"name": "a", "kind": "excel", "path": "x"}], "source 'a'.*excel|Invalid enum value 'excel'"),
        ([{"name": "a", "kind": "csv"}], "path is missing"),
        ([{"name": "a", "kind": "csv", "path": "x", "pth": "y"}], "unknown field `pth`"),
        ([{"name": "a", "kind": "csv", "path": "x", "every": 0}], "above 0"),
        ([{"name": "a", "kind": "csv", "path": "x", "changed": "y"}], "for databases"),
        ([{"name": "a", "kind": "csv", "path": "x", "columns": {"titel": "y"}}], "titel is no field"),
        ([{"name": "a", "kind": "markdown", "path": "x", "values": {"columns": {}}}], "values come from"),
        ([TABLE | {"table": ""}], "table is missing"),
        ([TABLE | {"columns": {"id": "a", "title": "b"}}], "columns: text is missing"),
    ],
)
def test_a_slip_in_the_declaration_is_said(tmp_path: Path, wrong: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(Misconfigured, match=said):
        declared(tmp_path, *wrong)


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="KEFU_SOURCES"):
        load(tmp_path / "nowhere.yaml")
    for content, said in (("a: [", "not YAML"), ("- a", "Expected `object`"), ("", "Expected `object`")):
        (tmp_path / "x.yaml").write_text(content)
        with pytest.raises(Misconfigured, match=said):
            load(tmp_path / "x.yaml")
