"""Options of a model, the same on every call: others would make a server load the model again."""

from typing import Any

import msgspec


class Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=False):
    """As Ollama names them: ``num_ctx``, ``num_predict`` in tokens, ``num_gpu`` in layers (None: the server decides).

    ``reasoning`` is ours: the model begins its answer in thought, without an opening ``<think>``.
    """

    temperature: float = 0.7
    top_p: float = 0.9
    num_ctx: int = 8192
    num_predict: int = 512
    num_gpu: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    reasoning: bool = False

    def wire(self) -> dict[str, Any]:
        """What goes into a request's ``options``."""
        given = {"num_gpu": self.num_gpu, "seed": self.seed, "stop": list(self.stop) or None}
        return {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "num_ctx": self.num_ctx,
            "num_predict": self.num_predict,
        } | {name: value for name, value in given.items() if value is not None}
