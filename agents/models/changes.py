"""Changes of a plan: each command of ``kefu model``, from a plan to the next. All raise Rejected in words."""

import msgspec

from agents.models.options import Options
from agents.models.plan import Plan, Release, Shadow
from schemas.errors import Rejected


def switched(plan: Plan, model: str) -> Plan:
    """Another default model; the one before is kept for the way back, a release is over."""
    if model == plan.default:
        raise Rejected(f"{model} is the default model already")
    return msgspec.structs.replace(plan, default=model, previous=plan.default, release=None)


def released(plan: Plan, model: str, percent: float, name: str = "") -> Plan:
    """A share of the conversations for a candidate; the release that runs keeps its name unless another is given."""
    if model == plan.default:
        raise Rejected(f"{model} is the default model; release another one beside it")
    if not 0 <= percent <= 100:
        raise Rejected(f"{percent:g} % is no share; give one from 0 to 100")
    running = plan.release if plan.release is not None and plan.release.model == model else None
    release = Release(name or (running.name if running else f"to-{model}"), model, percent)
    return msgspec.structs.replace(plan, release=release)


def promoted(plan: Plan) -> Plan:
    """The candidate becomes the default."""
    if plan.release is None:
        raise Rejected("no release is running; begin one with `kefu model release MODEL PERCENT`")
    return switched(plan, plan.release.model)


def rolled_back(plan: Plan) -> Plan:
    """No release, where one is running; else the default before the last switch."""
    if plan.release is not None:
        return msgspec.structs.replace(plan, release=None)
    if not plan.previous:
        raise Rejected("there is nothing to go back to: no release is running and the default was never switched")
    return msgspec.structs.replace(plan, default=plan.previous, previous="")


def shadowed(plan: Plan, model: str, percent: float) -> Plan:
    """A share of the conversations is put to another model as well; nobody sees its answers. 0 % ends it."""
    if not 0 <= percent <= 100:
        raise Rejected(f"{percent:g} % is no share; give one from 0 to 100")
    return msgspec.structs.replace(plan, shadow=Shadow(model, percent) if percent else None)


def fallen_back(plan: Plan, model: str) -> Plan:
    """Another model for when the first cannot answer; an empty name means none."""
    return msgspec.structs.replace(plan, fallback=model)


def seeing(plan: Plan, model: str) -> Plan:
    """Another model for questions with images; an empty name means none."""
    return msgspec.structs.replace(plan, vision=model)


def given(plan: Plan, model: str, changes: dict[str, object]) -> Plan:
    """Options of a model, changed; None takes one back to what it is by default."""
    before = msgspec.to_builtins(plan.options_of(model))
    wanted = {name: value for name, value in {**before, **changes}.items() if value is not None}
    try:
        options = msgspec.convert(wanted, Options)
    except msgspec.ValidationError as problem:
        fields = ", ".join(Options.__struct_fields__)
        raise Rejected(f"options of {model}: {problem}; there are {fields}") from None
    return msgspec.structs.replace(plan, options={**plan.options, model: options})
