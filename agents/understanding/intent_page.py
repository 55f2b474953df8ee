"""Reports on an intent model as text for a terminal and as one HTML page that needs nothing else."""

from collections.abc import Iterable, Sequence
from html import escape

from agents.understanding.evaluation import Report
from agents.understanding.intent_review import Review

Cell = str | int | float | None
Table = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]

_STYLE = """
:root { color-scheme: light dark } body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto;
padding: 0 1rem } table { border-collapse: collapse; width: 100%; margin: 0 0 2rem } th, td { text-align: left;
padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top } th { font-weight: 600 }
td.figure { text-align: right; font-variant-numeric: tabular-nums } meter { width: 8rem }
"""
_SHOWN = 20


def of_report(report: Report) -> tuple[Table, ...]:
    """The tables of an evaluation."""
    figures: list[tuple[str, Cell]] = [
        (f"accuracy in scope ({report.in_scope})", report.accuracy),
        ("accuracy if nothing were rejected", report.accuracy_unrejected),
        ("rejected in scope", report.rejected),
        (f"out-of-scope recall ({report.out_of_scope})", report.out_of_scope_recall),
        ("out-of-scope recall at 5 % rejected", report.out_of_scope_recall_at_5),
        ("calibration error", report.calibration_error),
    ]
    bins = [(held.confidence, held.accuracy, held.count) for held in report.calibration]
    pairs = [(pair.expected, pair.got, pair.count) for pair in report.confusions]
    return (
        ("Measured", ("what", "share"), figures),
        ("Calibration", ("said", "right", "answers"), bins),
        ("Confusions", ("expected", "got", "examples"), pairs),
    )


def of_review(review: Review) -> tuple[Table, ...]:
    """The tables of a review of examples."""
    figures: list[tuple[str, Cell]] = [
        ("examples", review.examples),
        ("intents", review.intents),
        ("out of scope", review.out_of_scope),
        ("recognised unseen, in scope", review.accuracy),
    ]
    weak = [(w.intent, w.examples, w.recognised, w.taken_for, w.advice, " · ".join(w.missed)) for w in review.weak]
    same = [(" · ".join(c.texts), ", ".join(c.intents), "keep it under one of them") for c in review.contradictions]
    doubts = [(d.text, d.intent, d.rather, d.confidence) for d in review.doubtful]
    return (
        ("Examples", ("what", "figure"), figures),
        ("Missing examples", ("intent", "examples", "recognised", "taken for", "what to do", "missed"), weak),
        ("The same text under several intents", ("texts", "intents", "what to do"), same),
        ("Examples that look like another intent", ("text", "intent", "rather", "confidence"), doubts),
        ("Confused", ("expected", "got", "examples"), review.confused),
    )


def text(tables: Iterable[Table]) -> str:
    """The tables for a terminal, at most 20 rows each; an empty one says none."""
    return "\n\n".join(_section(*table) for table in tables)


def _section(title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    if not rows:
        return f"{title}: none"
    shown = [heads, *([_plain(cell) for cell in row] for row in rows[:_SHOWN])]
    widths = [max(len(row[column]) for row in shown) for column in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown]
    more = [f"… and {len(rows) - _SHOWN} more: --json or --html has all"] if len(rows) > _SHOWN else []
    return "\n".join([title, *(f"  {line}" for line in [*lines, *more])])


def page(title: str, tables: Iterable[Table]) -> str:
    """The tables as one page of HTML without scripts; texts are escaped."""
    body = "".join(_table(*table) for table in tables)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1>{body}</html>\n"
    )


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    if not rows:
        return f"<h2>{escape(title)}</h2><p>none</p>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<h2>{escape(title)}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Cell) -> str:
    if isinstance(value, float):
        shown = f"{value:.1%}"
        return f'<td class="figure">{shown} <meter value="{value:.4f}" aria-label="{shown}"></meter></td>'
    kind = ' class="figure"' if isinstance(value, int) else ""
    return f"<td{kind}>{escape(_plain(value))}</td>"


def _plain(value: Cell) -> str:
    if value is None:
        return "-"
    return f"{value:.1%}" if isinstance(value, float) else str(value)
