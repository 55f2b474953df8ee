"""The commands that read texts keep the contract's JSON lines and say which line is bad."""

from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from streams import cli_intents, cli_understand

EXAMPLES = [
    *(
        {"text": text, "intent": "refund"}
        for text in ("我要退款", "怎么退钱", "refund please", "give me my money back")
    ),
    *({"text": text, "intent": "hours"} for text in ("几点上班", "营业时间", "when do you open", "opening hours")),
    *({"text": text, "intent": "unknown"} for text in ("讲个笑话", "tell me a joke")),
]


def lines(*values: object) -> str:
    return "".join(f"{msgspec.json.encode(value).decode()}\n" for value in values)


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    cli_understand.register(made)
    cli_intents.register(made)
    return made


@pytest.fixture
def model(app: typer.Typer, tmp_path: Path) -> str:
    shown, written = tmp_path / "examples.jsonl", tmp_path / "model"
    shown.write_text(lines(*EXAMPLES), encoding="utf-8")
    result = CliRunner().invoke(app, ["intents", "train", str(shown), "-o", str(written)])
    assert result.exit_code == 0, result.output
    assert "10 examples of 2 intents" in result.stderr
    assert "unseen examples: " in result.stderr and "of those out of scope" in result.stderr
    return str(written)


def test_understand_writes_a_line_for_each(app: typer.Typer, model: str) -> None:
    asked = lines({"id": 7, "text": "我要退款，电话13812345678"}, {"id": "b", "text": "when do you open", "more": 1})
    result = CliRunner().invoke(app, ["understand", "--model", model], input=asked)
    first, second = (msgspec.json.decode(line) for line in result.stdout.splitlines())
    promised = ["id", "language", "intents", "intent", "entities", "sentiment", "masked", "personal_data"]
    assert list(first) == [*promised, "script", "urgency", "reasons", "did_you_mean"]
    assert (first["id"], first["language"], first["intent"]["name"]) == (7, "zh", "refund")
    assert first["masked"] == "我要退款，电话[PHONE_1]"
    assert first["personal_data"] == [{"type": "phone", "start": 7, "end": 18}]
    assert set(first["sentiment"]) == {"score", "label"}
    assert (second["id"], second["language"], second["intent"]["name"]) == ("b", "en", "hours")


def test_understand_reads_relative_dates_at_the_time_of_the_message(app: typer.Typer, model: str) -> None:
    asked = lines({"text": "昨天下的单", "occurred_at": "2026-03-02T09:15:30.250Z"})
    result = CliRunner().invoke(app, ["understand", "--model", model], input=asked)
    assert [one["value"] for one in msgspec.json.decode(result.stdout)["entities"]] == ["2026-03-01"]


def test_understand_says_other_languages_and_which_words_made_somebody_upset(app: typer.Typer, model: str) -> None:
    asked = lines({"text": "注文番号は何ですか?"}, {"text": "太差了，骗子，垃圾"})
    result = CliRunner().invoke(app, ["understand", "--model", model], input=asked)
    other, upset = (msgspec.json.decode(line) for line in result.stdout.splitlines())
    assert (other["language"], other["reasons"]) == ("other", [])
    assert (upset["language"], upset["script"]) == ("zh", "simplified")
    assert {"骗子", "垃圾"} <= {reason["word"] for reason in upset["reasons"]}


def test_understand_trains_on_the_catalogue(app: typer.Typer, tmp_path: Path) -> None:
    asked = tmp_path / "asked.jsonl"
    asked.write_text(lines({"id": 1, "text": "How do I talk to a real person?"}))
    result = CliRunner().invoke(app, ["understand", str(asked)])
    assert msgspec.json.decode(result.stdout)["intent"]["name"] == "human_agent"


def test_classify_names_intents(app: typer.Typer, model: str) -> None:
    result = CliRunner().invoke(
        app, ["intents", "classify", "--model", model, "-"], input=lines({"text": "退款"}, {"text": "zzz"})
    )
    answers = [msgspec.json.decode(line) for line in result.stdout.splitlines()]
    assert [answer["intent"] for answer in answers] == ["refund", "unknown"]
    assert all(set(answer) == {"intent", "confidence"} and 0 <= answer["confidence"] <= 1 for answer in answers)


def test_evaluate_reports(app: typer.Typer, model: str, tmp_path: Path) -> None:
    test = tmp_path / "test.jsonl"
    test.write_text(lines(*EXAMPLES, {"text": "我要退款", "intent": "hours"}), encoding="utf-8")
    report = msgspec.json.decode(
        CliRunner().invoke(app, ["intents", "evaluate", "--model", model, str(test), "--json"]).stdout
    )
    assert (report["in_scope"], report["out_of_scope"]) == (9, 2)
    assert {"expected": "hours", "got": "refund", "count": 1} in report["confusions"]
    assert 0 <= report["calibration_error"] <= 1
    table = CliRunner().invoke(app, ["intents", "evaluate", "--model", model, str(test)]).stdout
    assert "out-of-scope recall" in table and "hours     refund  1" in table
    page = tmp_path / "page.html"
    CliRunner().invoke(app, ["intents", "evaluate", "--model", model, str(test), "--html", str(page)])
    assert "<td>hours</td><td>refund</td>" in page.read_text(encoding="utf-8")


def test_a_threshold_of_nothing_names_every_text(app: typer.Typer, model: str) -> None:
    asked = lines({"text": "tell me about money"})
    for threshold, named in (("0", True), ("1", False)):
        command = ["intents", "classify", "--model", model, "--threshold", threshold]
        answer = msgspec.json.decode(CliRunner().invoke(app, command, input=asked).stdout)
        assert (answer["intent"] != "unknown") is named


CATALOGUE = """
- name: refund
  examples: {zh: [我要退款, 怎么退钱], en: [refund please, give me my money back]}
  keywords: [chargeback]
- name: hours
  examples: [几点上班, 营业时间, when do you open, opening hours]
"""


def test_a_catalogue_trains_with_its_rules(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "intents.yaml").write_text(CATALOGUE, encoding="utf-8")
    (tmp_path / "out_of_scope.yaml").write_text("zh: [讲个笑话]\nen: [tell me a joke]\n", encoding="utf-8")
    for source, count in ((tmp_path, 10), (tmp_path / "intents.yaml", 8)):
        result = CliRunner().invoke(app, ["intents", "train", str(source), "-o", str(tmp_path / "model")])
        assert result.exit_code == 0 and f"{count} examples of 2 intents" in result.stderr
    command = ["intents", "classify", "--model", str(tmp_path / "model")]
    answer = CliRunner().invoke(app, command, input=lines({"text": "a chargeback when you open"})).stdout
    assert msgspec.json.decode(answer) == {"intent": "refund", "confidence": 0.99}


def test_suggest_says_what_to_mend(app: typer.Typer, tmp_path: Path) -> None:
    shown, page = tmp_path / "examples.jsonl", tmp_path / "page.html"
    shown.write_text(lines(*EXAMPLES, {"text": "我要退款!", "intent": "hours"}), encoding="utf-8")
    review = msgspec.json.decode(CliRunner().invoke(app, ["intents", "suggest", str(shown), "--json"]).stdout)
    assert review["contradictions"] == [{"texts": ["我要退款", "我要退款!"], "intents": ["refund", "hours"]}]
    assert {weak["intent"] for weak in review["weak"]} == {"refund", "hours"}
    table = CliRunner().invoke(app, ["intents", "suggest", str(shown)]).stdout
    assert "10 more examples" in table or "11 more examples" in table
    assert CliRunner().invoke(app, ["intents", "suggest", str(shown), "--html", str(page)]).exit_code == 0
    assert "我要退款!" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.jsonl", '{"text": "a", "intent": "b"}\n{"text": 1}\n', "line 2: "),
        ("a.yaml", "- name: a\n  examples: [x]\n- nam: b\n", "line 3: "),
        ("a.yml", "- name: a\n  examples: [x]\n  patterns: ['(']\n", "a: pattern '('"),
    ],
)
def test_bad_examples_are_named(app: typer.Typer, tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    for command in (["train", str(tmp_path / name), "-o", str(tmp_path / "m")], ["suggest", str(tmp_path / name)]):
        result = CliRunner().invoke(app, ["intents", *command])
        assert result.exit_code == 2 and said in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("bad", ["no json", '{"txt": "a"}', '{"text": 1}', "[]", '{"text": "\\ud800"}', "[" * 100_000])
def test_a_bad_line_is_named(app: typer.Typer, model: str, bad: str) -> None:
    asked = lines({"text": "退款"}) + "\n" + bad + "\n"
    result = CliRunner().invoke(app, ["intents", "classify", "--model", model], input=asked)
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 1, "the lines before it are answered"
    assert "line 3:" in result.stderr and "Traceback" not in result.stderr


def test_bytes_that_are_no_utf8_are_named(app: typer.Typer, model: str) -> None:
    result = CliRunner().invoke(app, ["intents", "classify", "--model", model], input=b'{"text": "\xff"}\n')
    assert result.exit_code == 2
    assert "line 1:" in result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["understand", "missing.jsonl"],
        ["intents", "classify", "--model", "missing.model"],
        ["intents", "train", "missing.jsonl", "-o", "model"],
        ["intents", "train", "-", "-o", "missing/model"],
    ],
)
def test_a_missing_file_is_named(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command, input=lines(*EXAMPLES))
    assert result.exit_code == 2
    assert "missing" in result.stderr and "No such file" in result.stderr


def test_too_few_intents_are_refused(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["intents", "train", "-", "-o", str(tmp_path / "m")], input=lines(EXAMPLES[0]))
    assert result.exit_code == 2
    assert "fewer than two intents" in result.stderr
