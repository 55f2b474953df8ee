"""Fences: what others wrote stands between marks that it cannot write itself."""

import re

_CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_BRACKETS = str.maketrans({"<": "‹", ">": "›", "＜": "‹", "＞": "›"})
_ROLE = re.compile(
    r"(?im)^([ \t]*(?:[#*_›`-]+[ \t]*)?)(system|assistant|user|developer|tool|系统|助手|用户)([ \t]*[:：])"
)
_TEMPLATE = re.compile(r"(?i)\[/?(?:INST|SYS|SYSTEM|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS)\]|\{\{|\}\}|```")


def quoted(text: str) -> str:
    """Somebody's words, of which nothing is a mark of ours or of a model's template, or a line of another speaker."""
    text = _CONTROLS.sub("", text).translate(_BRACKETS)
    return _ROLE.sub(r"\1\2 -", _TEMPLATE.sub("·", text))


def line(text: str) -> str:
    """The same in one line."""
    return " ".join(quoted(text).split())


def fenced(name: str, text: str) -> str:
    """Quoted text between the marks of a fence; empty text needs none."""
    return f"<{name}>\n{text}\n</{name}>" if text else ""
