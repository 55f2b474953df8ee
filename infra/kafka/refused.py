"""What the broker's program raises when it must not start; the text says what to change."""


class Refused(Exception):
    """The broker does not start like this; the text is for the person who started it."""
