"""Weights are learned from an operator's own reviews, on the command line."""

import json
import sys
from pathlib import Path

import pytest
import yaml

from agents.understanding.sentiment_learned import learned
from bench.sentiment_train import main


def taught(reviews: Path, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    reviews.write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["sentiment_train", str(reviews)])
    main()


def test_own_reviews_are_learned_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {"这家的鱼丸很弹很入味": 1, "这家的鱼丸又腥又没味": -1}
    lines = [json.dumps({"text": text, "label": label}) for _ in range(20) for text, label in said.items()]
    taught(tmp_path / "own.jsonl", lines, monkeypatch)
    out, told = capsys.readouterr()
    assert learned(yaml.safe_load(out)).leaning("很入味很弹很入味") > 0
    assert "with what is learned: " in told


def test_a_line_that_is_no_review_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="line 2"):
        taught(tmp_path / "own.jsonl", ['{"text": "好", "label": 1}', '{"text": "好"}'], monkeypatch)
