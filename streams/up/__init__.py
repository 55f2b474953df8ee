"""``kefu up``: checks, starts every process under a supervisor, says what happens, and ends all of them together."""

from streams.up.run import up

__all__ = ["up"]
