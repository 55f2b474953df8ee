"""Commands about knowledge: sync, list, show, search, sources, forget."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from schemas.errors import Misconfigured
from streams.settings import Settings, read

if TYPE_CHECKING:
    from streams.knowledge.declared import Source
    from streams.knowledge.published import Shelves

Language = Annotated[str, typer.Option(help="zh or en; left out, the language of the query.")]


def register(app: typer.Typer) -> None:
    commands = typer.Typer(help="Articles: where they come from, what is there, what is found.", no_args_is_help=True)
    commands.command("sync")(sync_now)
    commands.command("list")(list_articles)
    for command in (show, search, sources, forget):
        commands.command()(command)
    app.add_typer(commands, name="knowledge")


def sync_now(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Sources; left out, all.")] = None,
    all_rows: Annotated[bool, typer.Option("--all", help="Read every row, whatever says that it did not change.")] = (
        False
    ),
) -> None:
    """Read the sources of KEFU_SOURCES now and publish what differs."""
    from streams.knowledge import sync
    from streams.sender import Sender

    settings = read()
    chosen = _chosen(settings, names or [])
    shelves, failed = _published(settings), 0
    sender = Sender(settings.kafka, client_id="kefu-knowledge-sync")
    for source in chosen:
        there, begun = shelves.of(source.name), time.time()
        try:
            found = sync.read(source, there._replace(fingerprint="") if all_rows else there)
        except sync.Failed as problem:
            sync.alert(sender, source, str(problem), begun, time.time())
            typer.echo(f"{source.name}: {problem}", err=True)
            failed += 1
            continue
        sync.publish(sender, source, found)
        changed, removed, unchanged, notes = found.changes
        typer.echo(f"{source.name}: {len(changed)} published, {len(removed)} deleted, {unchanged} unchanged")
        for note in notes:
            typer.echo(f"{source.name}: {note}", err=True)
    raise typer.Exit(1 if failed else 0)


def list_articles(
    source: Annotated[str, typer.Option(help="Only those of this source.")] = "",
    tenant: Annotated[str, typer.Option(help="Only those of this tenant.")] = "",
    domain: Annotated[str, typer.Option(help="Only those of this domain.")] = "",
) -> None:
    """List the published articles, a line each: id, version, language, domain, source, title."""
    wanted = {"source": source, "tenant": tenant, "domain": domain}
    for article in sorted(_published(read()).articles, key=lambda article: article.article_id):
        if all(not value or getattr(article, field) == value for field, value in wanted.items()):
            kept = article.source or "-"
            line = (article.article_id, f"v{article.version}", article.language, article.domain, kept, article.title)
            typer.echo("\t".join(line))


def show(article_id: Annotated[str, typer.Argument(help="As `kefu knowledge list` prints it.")]) -> None:
    """Print an article as JSON."""
    article = _published(read()).get(article_id)
    if article is None:
        raise Misconfigured(f"there is no article {article_id!r}; `kefu knowledge list` shows those that are there")
    typer.echo(msgspec.json.format(msgspec.json.encode(article), indent=2).decode())


def search(
    query: Annotated[str, typer.Argument(help="A question, as a customer would ask it.")],
    tenant: Annotated[str, typer.Option(help="Whose articles.")] = "default",
    language: Language = "",
    domain: Annotated[list[str] | None, typer.Option(help="Only this domain; may be given several times.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 3,
) -> None:
    """Say which articles answer a question, with their scores, and whether the best one would be the answer."""
    from agents.knowledge import CONFIDENT, RELATED, Index
    from agents.knowledge.filled import filled
    from agents.understanding.language import detect

    shelves, index, now = _published(read()), Index(), time.time()
    for article in shelves.articles:
        index.upsert(article)
    spoken = language or detect(query)
    hits = index.search(query, tenant=tenant, language=spoken, limit=limit, domains=domain or (), at=now)
    if not hits:
        typer.echo("nothing is known about that")
    for hit in hits:
        meant = "answers" if hit.score >= CONFIDENT else "is related" if hit.score >= RELATED else "hardly"
        article = filled(hit.article, now, shelves.read_at(hit.article.source))
        typer.echo(f"{hit.score:.3f} {meant}\t{article.article_id}\t{article.title}\n      {article.text}")


def sources() -> None:
    """List the declared sources: what each is, how many articles it keeps, when it was last read."""
    settings = read()
    chosen, shelves = _chosen(settings, []), _published(settings)
    for source in chosen:
        place = source.path if source.path and not source.table else f"{source.host}/{source.database} {source.table}"
        count, at = len(shelves.of(source.name).mine), shelves.synced.get(source.name, {}).get("at", "never")
        typer.echo(f"{source.name}\t{source.kind}\t{place}\t{count} articles\tread {at}")


def forget(name: Annotated[str, typer.Argument(help="A source that is declared no more.")]) -> None:
    """Delete the articles of a source that was taken out of KEFU_SOURCES."""
    from streams.knowledge import sync
    from streams.knowledge.declared import load
    from streams.sender import Sender

    settings = read()
    if settings.sources is not None and name in {source.name for source in load(settings.sources)}:
        raise Misconfigured(f"{settings.sources} declares {name!r}: take it out first, or its articles come back")
    kept = _published(settings).of(name).mine
    sync.forget(Sender(settings.kafka, client_id="kefu-knowledge-forget"), name, sorted(kept))
    typer.echo(f"{name}: {len(kept)} deleted")


def _chosen(settings: Settings, names: list[str]) -> "tuple[Source, ...]":
    from streams.knowledge.declared import load

    if settings.sources is None:
        raise Misconfigured("KEFU_SOURCES is not set: it names the file of knowledge sources (docs/knowledge.md)")
    declared = load(settings.sources)
    unknown = sorted(set(names) - {source.name for source in declared})
    if unknown:
        known = ", ".join(source.name for source in declared) or "none"
        raise Misconfigured(f"no source is called {unknown[0]!r}; {settings.sources} has {known}")
    return tuple(source for source in declared if not names or source.name in names)


def _published(settings: Settings) -> "Shelves":
    from streams import topology
    from streams.knowledge.published import read as read_shelves

    topology.create(settings.kafka, partitions=settings.partitions, replication=settings.replication)
    return asyncio.run(read_shelves(settings))
