"""A trained model is kept beside the state, for this very catalogue, and a broken file is no harm."""

from pathlib import Path

import msgspec
import pytest

from agents import catalog
from agents.understanding import identity
from schemas.errors import Misconfigured
from streams.trained import understander

ASKED = ["我要退款", "where is my parcel", "please hand me to a colleague at once"]


@pytest.fixture(scope="module")
def few() -> catalog.Catalog:
    known = catalog.load()
    return msgspec.structs.replace(known, intents=known.intents[:3], outside=catalog.Texts(zh=("讲个笑话",)))


def test_the_second_start_reads_what_the_first_wrote(few: catalog.Catalog, tmp_path: Path) -> None:
    first = understander(few, tmp_path)
    (kept,) = (tmp_path / "models").iterdir()
    stamp = kept.stat().st_mtime_ns
    assert understander(few, tmp_path).understand(ASKED) == first.understand(ASKED)
    assert [file.stat().st_mtime_ns for file in (tmp_path / "models").iterdir()] == [stamp]


def test_another_catalogue_has_another_model(few: catalog.Catalog, tmp_path: Path) -> None:
    understander(few, tmp_path)
    ruled = msgspec.structs.replace(few.intents[2], keywords=("hand me",))
    changed = msgspec.structs.replace(few, intents=(*few.intents[:2], ruled))
    assert identity(changed) != identity(few)
    (answer,) = understander(changed, tmp_path).understand(ASKED[2:])
    assert (answer.intent.name, answer.intent.confidence) == (ruled.name, 0.99)
    assert [file.name for file in (tmp_path / "models").iterdir()] == [f"intents-{identity(changed)}"]


def test_a_broken_file_is_written_again(few: catalog.Catalog, tmp_path: Path) -> None:
    first = understander(few, tmp_path)
    (kept,) = (tmp_path / "models").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    assert understander(few, tmp_path).understand(ASKED) == first.understand(ASKED)
    assert kept.read_bytes() == whole


def test_a_home_that_cannot_be_written_costs_time_only(few: catalog.Catalog, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("in the way")
    assert understander(few, tmp_path).understand(ASKED[:1])[0].language == "zh"


def test_a_bad_pattern_in_the_catalogue_is_named(few: catalog.Catalog, tmp_path: Path) -> None:
    wrong = msgspec.structs.replace(few.intents[0], patterns=("(",))
    with pytest.raises(Misconfigured, match="greeting: pattern"):
        understander(msgspec.structs.replace(few, intents=(wrong, *few.intents[1:])), tmp_path)
