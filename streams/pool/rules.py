"""The rules of the inference worker as the settings say them now: the plan of models, sensitive words, breakers."""

import logging
import time
from collections.abc import Callable
from typing import Any

from agents.models.plan import PLAN, Chosen, Plan, choose, plan_from
from agents.understanding.sensitive import Hit
from schemas import times
from schemas.errors import Rejected
from schemas.inference import ModelRequest
from schemas.operations import Setting
from streams.live_words import LiveWords
from streams.pool.model_breakers import SETTING, ModelBreakers

log = logging.getLogger("kefu.pool")


class LiveRules:
    """Implements agents.inference.Rules; changed by followed settings only, on the worker's event loop.

    ``plan`` is in force; ``wanted`` is what the setting says, which comes into force once its models are loaded.
    """

    def __init__(self, own: Plan, breakers: ModelBreakers, clock: Callable[[], float] = time.time) -> None:
        self.plan = self.wanted = self._own = own
        self._breakers, self._words, self._clock = breakers, LiveWords(), clock

    def choose(self, request: ModelRequest) -> Chosen:
        images = any(message.images for message in request.messages)
        return choose(self.plan, request.conversation_id, model=request.model, images=images)

    def sensitive(self, text: str) -> tuple[Hit, ...]:
        return self._words.words.find(text)

    def setting_changed(self, name: str, setting: Setting | None) -> None:
        """A setting has a new value, or None: it was deleted. One that cannot be read changes nothing and is said."""
        value: Any = setting.value if setting is not None else None
        self._words.changed(name, value)
        try:
            if name == PLAN:
                self.wanted = plan_from(value, self._own)
            elif name.startswith(SETTING) and setting is not None and value is not None:
                ago_s = self._clock() - times.seconds(setting.occurred_at)
                self._breakers.heard(name.removeprefix(SETTING), value, ago_s)
        except (Rejected, ValueError) as problem:
            log.warning("setting %s is passed over: %s", name, problem)
