"""Finds the plugins: every entry point of the group ``kefu.tools``, kefu's own among them."""

import inspect
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points

from agents.tools.spec import checked
from agents.tools.toolbox import Toolbox
from schemas.errors import Misconfigured
from streams.tools.plugin import Plugin, spec_of

log = logging.getLogger("kefu.tools")

GROUP = "kefu.tools"


@dataclass(frozen=True, slots=True)
class Found:
    """The plugins by name, and what is wrong with those that cannot be used."""

    plugins: dict[str, Plugin] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)

    def toolbox(self) -> Toolbox:
        """Their specs, for whoever offers them."""
        return Toolbox(map(spec_of, self.plugins.values()))


def installed() -> Found:
    """Every installed plugin; one that cannot be used is left out, the others work."""
    return load(sorted(entry_points(group=GROUP), key=lambda point: point.name))


def found() -> Found:
    """The same, with what is left out said in the log."""
    loaded = installed()
    for name, problem in loaded.problems.items():
        log.error("the tool %s is left out: %s", name, problem)
    return loaded


def load(points: Iterable[EntryPoint]) -> Found:
    """The plugins of these entry points."""
    loaded = Found()
    for point in points:
        try:
            plugin = _plugin(point)
        except Misconfigured as problem:
            loaded.problems[point.name] = str(problem)
            continue
        if plugin.name in loaded.plugins:
            loaded.problems[point.name] = f"another plugin has the name {plugin.name} already"
        else:
            loaded.plugins[plugin.name] = plugin
    return loaded


def _plugin(point: EntryPoint) -> Plugin:
    """Raises Misconfigured, whatever the plugin's code raises."""
    try:
        plugin: Plugin = point.load()()
        spec = checked(spec_of(plugin))
    except Misconfigured:
        raise
    except Exception as problem:
        raise Misconfigured(f"{point.value} cannot be loaded: {type(problem).__name__}: {problem}") from None
    if not inspect.iscoroutinefunction(getattr(plugin, "execute", None)):
        raise Misconfigured(f"{spec.name}: execute must be written as `async def execute(self, context)`")
    return plugin
