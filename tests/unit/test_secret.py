"""The secret: set, or made once and the same for all processes."""

from pathlib import Path

import pytest

from schemas.errors import Misconfigured
from streams.secret import secret
from streams.settings import Settings


def test_a_secret_that_is_set_is_taken(tmp_path: Path) -> None:
    assert secret(Settings(home=tmp_path, secret="sixteen or more characters")) == b"sixteen or more characters"
    assert list(tmp_path.iterdir()) == []


def test_one_is_made_for_its_owner_only_and_stays(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new")
    made = secret(settings)
    (file,) = (tmp_path / "new").iterdir()
    assert (len(made), secret(settings), file.stat().st_mode & 0o777) == (64, made, 0o600)


def test_a_short_one_and_a_broken_file_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="at least 16"):
        secret(Settings(home=tmp_path, secret="short"))
    (tmp_path / "secret").mkdir()
    with pytest.raises(Misconfigured, match="KEFU_SECRET"):
        secret(Settings(home=tmp_path))
