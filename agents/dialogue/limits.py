"""The dialogue's settings as one value; all times in seconds."""

import msgspec


class Limits(msgspec.Struct, frozen=True):
    """How long the dialogue waits for whom, how much it remembers, when it calls for a person.

    ``answer``: until then a question may be put to a model; ``patience``: after so long an answer is given up.
    ``burst``: messages that come within so long of the first get one answer, at most ``burst_messages`` of them.
    ``memory``: a conversation in which nothing happens is forgotten after it. ``take``: a person who is asked for has
    to come, ``silence``: one who has come has to say something. ``failures`` in a row call for a person; 0: never.
    """

    answer: float = 90.0
    patience: float = 240.0
    tool: float = 20.0
    burst: float = 0.0
    burst_messages: int = 8
    memory: float = 7 * 86_400.0
    take: float = 600.0
    silence: float = 1_800.0
    failures: int = 3
    prompt_tokens: int = 2_000
