"""The pages, their files, and the browser libraries: from folders, or straight out of the webjars in one."""

import zipfile
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from streams.gateway.ports import Site

LONG = {"Cache-Control": "max-age=86400"}


def register(app: FastAPI, site: Site) -> None:
    """Serve / and /ops, /static/ and /vendor/."""

    async def chat() -> Response:
        return page(site.pages / "chat.html")

    async def ops() -> Response:
        return page(site.pages / "ops.html")

    async def vendor(name: str) -> Response:
        return library(site.vendor, name)

    app.add_api_route("/", chat, methods=["GET"], include_in_schema=False)
    app.add_api_route("/ops", ops, methods=["GET"], include_in_schema=False)
    app.add_api_route("/vendor/{name}", vendor, methods=["GET"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory=site.pages, check_dir=False), name="static")


def page(path: Path) -> Response:
    if not path.is_file():
        raise HTTPException(404, f"the page {path.name} is not installed; install kefu again")
    return FileResponse(path)


def library(folder: Path | None, name: str) -> Response:
    """A browser library by its file name."""
    if folder is not None and "/" not in name and "\\" not in name:
        if (folder / name).is_file() and Path(name).suffix == ".js":
            return FileResponse(folder / name, headers=LONG)
        for jar in sorted(folder.glob("*.jar")):
            found = packed(jar, name)
            if found is not None:
                return Response(found, headers=LONG, media_type="text/javascript")
    raise HTTPException(404, f"the browser library {name} is not there; `make setup` fetches it")


def packed(jar: Path, name: str) -> bytes | None:
    """The library out of a webjar, where it lies directly in its version's folder."""
    with zipfile.ZipFile(jar) as archive:
        for path in archive.namelist():
            parts = path.split("/")
            if parts[:3] == ["META-INF", "resources", "webjars"] and len(parts) == 6 and parts[5] == name:
                return archive.read(path)
    return None
