"""ClickHouse over HTTP: the client, and the migrations."""

import logging

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from schemas.errors import Misconfigured, Unavailable
from schemas.migrations import migrations
from streams.settings import Settings

LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migrations
(number UInt32, name String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = ReplacingMergeTree ORDER BY number
"""
REFUSED = (516, 497, 192, 193, 194)
"""ClickHouse's codes for a user, password or right that is wrong: waiting does not mend those."""


def connect(settings: Settings, *, database: bool = True) -> Client:
    """A client of the store. Raises Unavailable when it does not answer, Misconfigured when it refuses us."""
    # Besides raising that the server is away, the client and its HTTP library warn of it at each try.
    for name in ("clickhouse_connect", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        return clickhouse_connect.get_client(
            dsn=settings.clickhouse_url,
            username=settings.clickhouse_user,
            password=settings.clickhouse_password,
            database=settings.clickhouse_database if database else "default",
            autogenerate_session_id=False,
            connect_timeout=5,
            send_receive_timeout=60,
        )
    except ClickHouseError as problem:
        raise meaning(problem) from None


def meaning(problem: ClickHouseError) -> Unavailable | Misconfigured:
    """The store's error as one of ours."""
    text = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
    if any(f"Code: {code}" in str(problem) or f"code {code}" in str(problem) for code in REFUSED):
        return Misconfigured(f"ClickHouse refuses KEFU_CLICKHOUSE_USER and its password: {text}")
    return Unavailable(f"ClickHouse does not answer: {text}")


def migrate(settings: Settings) -> list[str]:
    """Create the database and apply the steps that are missing, in order; say which. Raises as connect does."""
    try:
        with connect(settings, database=False) as client:
            client.command(f"CREATE DATABASE IF NOT EXISTS {settings.clickhouse_database}")
        with connect(settings) as client:
            client.command(LEDGER)
            done = {row[0] for row in client.query("SELECT number FROM schema_migrations FINAL").result_rows}
            return [
                _apply(client, step.number, step.name, step.statements)
                for step in migrations()
                if step.number not in done
            ]
    except ClickHouseError as problem:
        raise meaning(problem) from None


def _apply(client: Client, number: int, name: str, statements: tuple[str, ...]) -> str:
    for statement in statements:
        client.command(statement)
    client.insert("schema_migrations", [[number, name]], column_names=["number", "name"])
    return f"{number:04d}_{name}"
