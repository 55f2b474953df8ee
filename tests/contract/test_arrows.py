"""Who may import whom: schemas ← agents ← streams, schemas ← flink_jobs; nobody imports infra or tests."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("schemas", "agents", "streams", "flink_jobs", "infra", "tests")
ALLOWED = {
    "schemas": {"schemas"},
    "agents": {"schemas", "agents"},
    "streams": {"schemas", "agents", "streams"},
    "flink_jobs": {"schemas", "flink_jobs"},
    "infra": {"infra"},
}
KNOWS_FAUST = {Path("agents/runtime.py")}
SOCKETS = {"socket", "httpx", "requests", "confluent_kafka", "aiokafka", "clickhouse_connect", "ollama", "asyncpg"}


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def sources(package: str) -> list[Path]:
    return [file.relative_to(ROOT) for file in (ROOT / package).rglob("*.py")]


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    for file in sources(package):
        strays = (imported(ROOT / file) & set(OURS)) - ALLOWED[package]
        assert not strays, f"{file} imports {', '.join(sorted(strays))}"


def test_agents_know_no_sockets_and_only_the_runtime_knows_faust() -> None:
    for file in sources("agents"):
        names = imported(ROOT / file)
        assert not names & SOCKETS, f"{file} opens sockets"
        assert "faust" not in names or file in KNOWS_FAUST, f"{file} imports faust"
