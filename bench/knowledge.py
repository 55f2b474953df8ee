"""Knowledge: which article is found, what strangers get, what a search and a change cost, beside peers."""

import asyncio
import json
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from agents import catalog
from agents.knowledge import CONFIDENT, RELATED, Index, shelf
from agents.knowledge.tokens import terms
from schemas import codec, topics
from schemas.operations import Article
from streams import topology
from streams.follower import Follower
from streams.sender import Sender
from tests.servers.kafka import broker

PEERS = Path(".venv-bench/bin/python")
ASKED = [Path("tests/unit/data/knowledge_questions.jsonl"), Path("tests/unit/data/knowledge_paraphrases.jsonl")]
LANGUAGES = ("zh", "en")
CROWD = 20_000
KINDS = {"": "held-out questions", "paraphrase": "paraphrases", "typo": "misspelt"}
STEPS = {"BM25F": (0.0, 0), "+ misspelt words": (0.0, 6), "+ near match (as shipped)": (shelf.NEAR, shelf.CORRECTED)}


class Question(msgspec.Struct, frozen=True):
    """A question with the article that answers it; None: nothing that the desk knows."""

    language: str
    question: str
    article: str | None
    kind: str = ""


def run(*, quick: bool) -> str:
    """The tables, as Markdown."""
    articles = catalog.load().articles
    questions = [msgspec.json.decode(line, type=Question) for file in ASKED for line in file.read_bytes().splitlines()]
    peers = {language: _peers(language, articles, questions, quick) for language in LANGUAGES if PEERS.exists()}
    tables = [_quality(articles, questions, peers), _strangers(articles, questions), _costs(questions, peers, quick)]
    missing = "" if peers else "\nThe peers are not installed: `make bench` sets them up.\n"
    return "## Knowledge\n\n" + "\n".join([*tables, asyncio.run(_changes(10 if quick else 100))]) + missing


def _build(articles: Sequence[Article]) -> Index:
    index = Index()
    for article in articles:
        index.upsert(article)
    return index


@contextmanager
def _only(near: float, corrected: int) -> Iterator[None]:
    """Search with parts of it switched off."""
    shipped = shelf.NEAR, shelf.CORRECTED
    shelf.NEAR, shelf.CORRECTED = near, corrected
    yield
    shelf.NEAR, shelf.CORRECTED = shipped


def _quality(articles: Sequence[Article], questions: Sequence[Question], peers: dict[str, Any]) -> str:
    heads = [f"{name}, {language}" for name in KINDS.values() for language in LANGUAGES]
    lines = [f"| recall@1 / recall@3 / MRR | {' | '.join(heads)} |"]
    lines.append("| --- |" + " --- |" * len(KINDS) * len(LANGUAGES))
    for name, step in STEPS.items():
        index = _build(articles)
        with _only(*step):
            found = {lang: [_ids(index, each) for each in _of(questions, lang)] for lang in LANGUAGES}
        lines.append(_quality_row(name, questions, found))
    for name in next(iter(peers.values()), {}):
        lines.append(_quality_row(name, questions, {lang: peers[lang][name]["found"] for lang in LANGUAGES}))
    return "\n".join(lines) + "\n"


def _of(questions: Sequence[Question], language: str) -> list[Question]:
    return [each for each in questions if each.language == language and each.article is not None]


def _ids(index: Index, asked: Question) -> list[str]:
    return [hit.article.article_id for hit in index.search(asked.question, tenant="default", language=asked.language)]


def _quality_row(name: str, questions: Sequence[Question], found: dict[str, list[list[str]]]) -> str:
    cells = []
    for kind in KINDS:
        for language in LANGUAGES:
            ranks = [
                ids.index(each.article) + 1 if each.article in ids else 0
                for each, ids in zip(_of(questions, language), found[language], strict=True)
                if each.kind == kind
            ]
            first, three = sum(rank == 1 for rank in ranks), sum(rank > 0 for rank in ranks)
            mrr = sum(1 / rank for rank in ranks if rank)
            cells.append(f"{first / len(ranks):.2f} / {three / len(ranks):.2f} / {mrr / len(ranks):.2f}")
    return f"| {name} | " + " | ".join(cells) + " |"


def _strangers(articles: Sequence[Article], questions: Sequence[Question]) -> str:
    """What happens at the thresholds: of questions that nobody can answer, and of those that somebody can."""
    lines = ["| threshold | language | strangers answered | others kept | of these right |", "| --- |" + " --- |" * 4]
    index = _build(articles)
    for name, limit in (("RELATED", RELATED), ("CONFIDENT", CONFIDENT)):
        for language in LANGUAGES:
            best = [
                (each, hits[0])
                for each in questions
                if each.language == language
                and (hits := index.search(each.question, tenant="default", language=language, limit=1))
            ]
            asked = [each for each in questions if each.language == language]
            strangers = sum(each.article is None for each in asked)
            wrongly = sum(hit.score >= limit for each, hit in best if each.article is None)
            kept = [hit.article.article_id == each.article for each, hit in best if each.article and hit.score >= limit]
            share, right = len(kept) / (len(asked) - strangers), sum(kept) / len(kept)
            lines.append(f"| {name} {limit} | {language} | {wrongly} of {strangers} | {share:.0%} | {right:.0%} |")
    return "\n".join(lines) + "\n"


def _crowd(language: str, count: int) -> list[Article]:
    """Articles made of the catalogue's own words, so that terms are as common as in real ones."""
    chance = random.Random(7)
    own = [article for article in catalog.load().articles if article.language == language]
    words = [word for article in own for word in _pieces(article.text, language)]
    joint = " " if language == "en" else ""

    def said(length: int) -> str:
        return joint.join(chance.choices(words, k=length))

    return [
        Article(
            article_id=f"crowd{number}.{language}",
            language=own[0].language,
            title=f"{said(4)} {number}",
            text=said(30),
            questions=tuple(said(7) for _ in range(5)),
        )
        for number in range(count)
    ]


def _pieces(text: str, language: str) -> list[str]:
    return text.split() if language == "en" else [text[place : place + 2] for place in range(0, len(text) - 1, 2)]


def _costs(questions: Sequence[Question], peers: dict[str, Any], quick: bool) -> str:
    count = CROWD // 10 if quick else CROWD
    lines = [
        f"| with {count} articles | search µs: median, p99 | of CPU | one changed article ms |",
        "| --- | --- | --- | --- |",
    ]
    for language in LANGUAGES:
        crowd = _crowd(language, count)
        index = _build([*catalog.load().articles, *crowd])
        took, cpu = _searches(index, [each.question for each in questions if each.language == language], language)
        wall, own = (f"{each[len(each) // 2]:.0f}, {each[int(len(each) * 0.99)]:.0f}" for each in (took, cpu))
        lines.append(f"| kefu, {language} | {wall} | {own} | {_change(index, crowd):.2f} |")
        for name, peer in peers.get(language, {}).items():
            middle, most = peer["took"]
            lines.append(f"| {name}, {language} | {middle:.0f}, {most:.0f} | | {peer['building'] * 1000:.0f} |")
    return "\n".join(lines) + "\n"


def _searches(index: Index, texts: Sequence[str], language: str) -> tuple[list[float], list[float]]:
    """Microseconds of each search, sorted: by the clock, and of CPU, which a busy machine does not stretch.

    An article changes before each round, so that no search finds what another one has kept.
    """
    took, cpu = [], []
    for number, text in enumerate([*texts] * 4):
        if number % len(texts) == 0:
            index.upsert(blank("round", language, number + 1))
        begun, begun_cpu = time.perf_counter(), time.thread_time()
        index.search(text, tenant="default", language=language)
        cpu.append((time.thread_time() - begun_cpu) * 1e6)
        took.append((time.perf_counter() - begun) * 1e6)
    return sorted(took[len(texts) :]), sorted(cpu[len(texts) :])


def blank(article_id: str, language: str, version: int) -> Article:
    """An article that says nothing."""
    said = {"article_id": article_id, "language": language, "title": "-", "text": "-", "version": version}
    return msgspec.convert(said, Article)


def _change(index: Index, crowd: Sequence[Article]) -> float:
    """Median milliseconds of putting in a changed article."""
    took = []
    for article in crowd[:300]:
        newer = msgspec.structs.replace(article, title=f"{article.title} anew", version=2)
        begun = time.perf_counter()
        index.upsert(newer)
        took.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(took)


def _peers(language: str, articles: Sequence[Article], questions: Sequence[Question], quick: bool) -> dict[str, Any]:
    def told(article: Article) -> dict[str, Any]:
        text = "\n".join((article.title, *article.questions, article.text))
        return {"id": article.article_id, "text": text, "terms": terms(text)}

    asked = {
        "language": language,
        "articles": [told(article) for article in articles if article.language == language],
        "crowd": [told(article) for article in _crowd(language, CROWD // 10 if quick else CROWD)],
        "questions": [{"text": each.question, "terms": terms(each.question)} for each in _of(questions, language)],
    }
    command = [str(PEERS), "-m", "bench.cases.search"]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"the peers ended with {done.returncode}:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


async def _changes(count: int) -> str:
    """From the publication of an article to the search that finds it, over a real broker."""
    with tempfile.TemporaryDirectory(prefix="kefu-bench-") as folder, broker(Path(folder), 12) as bootstrap:
        topology.create(bootstrap, partitions=12, replication=1)
        index, took = Index(), []

        def changed(_: str, article: Article | None) -> None:
            if article is not None:
                index.upsert(article)

        follower = Follower(bootstrap, {topics.ARTICLES: changed}, partitions=12)
        await follower.start()
        sender = Sender(bootstrap, client_id="bench")
        for article in _crowd("en", count + 5):
            begun = time.perf_counter()
            sender.send(topics.ARTICLES.name, article.article_id.encode(), codec.encode(article))
            while not index.search(article.title, tenant="default", language="en", limit=1):  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            index.remove(article.article_id)
            took.append((time.perf_counter() - begun) * 1e3)
        follower.stop()
    took = sorted(took[5:])
    middle, longest = statistics.median(took), took[-1]
    return f"From publication to the search that finds it: median {middle:.0f} ms, longest {longest:.0f} ms.\n"
