"""Errors have three meanings; every failure in kefu is one of them.

    KefuError
    ├── Rejected      the message is bad: dead letter with raw bytes, origin and reason, then go on
    ├── Unavailable   a dependency is down: wait for it with a capped back-off, in words
    └── Misconfigured a setting is wrong: stop the start with its name, its value and the mend

Anything else that is raised is a bug: dead letter marked so, logged once with topic, partition and offset.
"""


class KefuError(Exception):
    """What kefu raises on purpose; its text says what to do."""


class Rejected(KefuError):
    """The message cannot be read or breaks its contract; its sender has to change it."""


class Unavailable(KefuError):
    """A dependency does not answer now; the same call may succeed later."""


class Misconfigured(KefuError):
    """A setting is missing or wrong; nothing starts before it is mended."""
