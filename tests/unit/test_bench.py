"""`kefu bench` starts the benchmarks of the source, and says where they are when it is not there."""

from pathlib import Path

import pytest

from schemas.errors import Misconfigured
from streams import bench


def test_an_installation_without_the_source_says_where_the_benchmarks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "FOLDER", tmp_path)
    with pytest.raises(Misconfigured, match="clone the repository"):
        bench.run([], quick=True)


def test_the_benchmarks_get_their_names_and_their_exit_code_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__main__.py").write_text("import sys\nprint(*sys.argv[1:])\nsys.exit(len(sys.argv))")
    monkeypatch.setattr(bench, "FOLDER", tmp_path)
    assert bench.run(["p1"], quick=True) == 3
    assert bench.run([], quick=False) == 1
    assert capfd.readouterr().out == "p1 --quick\n\n"


def test_an_unknown_benchmark_is_refused_in_words(capfd: pytest.CaptureFixture[str]) -> None:
    assert bench.run(["p99"], quick=True) == 2
    said = capfd.readouterr().err
    assert "there is no p99" in said
    assert "p1" in said
