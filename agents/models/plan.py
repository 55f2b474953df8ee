"""The plan of models: a value on ``control.settings.v1`` that says who answers, and a pure choice from it.

A release gives a share of the conversations to a candidate. The share is a stable hash of the conversation and the
release's name: who is among 10 % is also among 50 %, and a conversation never changes sides while the share grows.
"""

from typing import Any

import msgspec

from agents.models.options import Options
from schemas.errors import Rejected
from schemas.ids import fingerprint

PLAN = "models.plan"
"""The name of the setting."""
CANDIDATE, CONTROL = "candidate", "control"


class Release(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A candidate for the default model, for ``percent`` of the conversations; ``name`` tells releases apart."""

    name: str
    model: str
    percent: float


class Shadow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that is asked as well for ``percent`` of the conversations, logged and never shown."""

    model: str
    percent: float


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which models there are for what. ``previous`` is the default before the last switch, for the way back."""

    default: str
    fallback: str = ""
    vision: str = ""
    previous: str = ""
    release: Release | None = None
    shadow: Shadow | None = None
    options: dict[str, Options] = {}

    def options_of(self, model: str) -> Options:
        return self.options.get(model, Options())

    @property
    def models(self) -> tuple[str, ...]:
        """Every model that the plan names, the default first."""
        release, shadow = self.release, self.shadow
        beside = (release.model if release else "", shadow.model if shadow else "")
        return tuple(dict.fromkeys(filter(None, (self.default, self.fallback, self.vision, *beside))))


class Candidate(msgspec.Struct, frozen=True):
    """A model that may answer a question, with its options."""

    model: str
    options: Options


class Chosen(msgspec.Struct, frozen=True):
    """Who may answer, the preferred first; ``experiment`` is ``release:arm`` or empty; ``shadow`` is asked as well."""

    candidates: tuple[Candidate, ...]
    experiment: str = ""
    shadow: Candidate | None = None


def plan_from(value: Any, otherwise: Plan) -> Plan:
    """The plan in a setting's value; None, a deleted setting, is ``otherwise``. Raises Rejected with what to change."""
    if value is None:
        return otherwise
    try:
        plan = msgspec.convert(value, Plan)
    except msgspec.ValidationError as problem:
        raise Rejected(f"{PLAN}: {problem}; `kefu model` writes it") from None
    shares = [one.percent for one in (plan.release, plan.shadow) if one is not None]
    if not plan.default or any(not 0 <= share <= 100 for share in shares):
        raise Rejected(f"{PLAN}: it needs a default model, and percents from 0 to 100; `kefu model` writes it")
    return plan


def choose(plan: Plan, conversation: str, *, model: str = "", images: bool = False) -> Chosen:
    """Who may answer a question of a conversation: a ``model`` that it names, one for ``images``, else the plan's."""
    first, experiment = model or (images and plan.vision) or plan.default, ""
    release = plan.release
    if release is not None and first == plan.default:
        inside = _among(release.name, conversation, release.percent)
        first = release.model if inside else first
        experiment = f"{release.name}:{CANDIDATE if inside else CONTROL}"
    spare = (plan.default, plan.fallback) if experiment.endswith(CANDIDATE) else (plan.fallback,)
    candidates = tuple(Candidate(name, plan.options_of(name)) for name in dict.fromkeys(filter(None, (first, *spare))))
    return Chosen(candidates, experiment, _shadow(plan, conversation, first))


def _shadow(plan: Plan, conversation: str, first: str) -> Candidate | None:
    shadow = plan.shadow
    if shadow is None or shadow.model == first or not _among("shadow", conversation, shadow.percent):
        return None
    return Candidate(shadow.model, plan.options_of(shadow.model))


def _among(name: str, conversation: str, percent: float) -> bool:
    return fingerprint(f"{name}\x1f{conversation}") % 10_000 < percent * 100
