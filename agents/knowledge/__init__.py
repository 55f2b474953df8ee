"""Knowledge: articles in memory, found by what a question says."""

from agents.knowledge.index import CONFIDENT, RELATED, Index
from agents.knowledge.shelf import Hit

__all__ = ["CONFIDENT", "RELATED", "Hit", "Index"]
