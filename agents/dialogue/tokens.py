"""How many tokens a text is for a model, about, and a text cut to so many."""

WIDE = 1.5
"""Characters of Chinese, Japanese and Korean that are one token of the usual models."""
NARROW = 4.0
"""Characters of other scripts that are."""


def tokens(text: str) -> int:
    """An estimate, rounded up."""
    wide = 0 if text.isascii() else sum(1 for character in text if character >= "\u2e80")
    return int(wide / WIDE + (len(text) - wide) / NARROW) + 1


def cut(text: str, most: int) -> str:
    """The beginning of a text that is at most so many tokens."""
    if tokens(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if tokens(text[:middle]) <= most - 1 else (low, middle - 1)
    return f"{text[:low].rstrip()}…"
