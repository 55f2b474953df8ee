"""The answer cache: what a model has answered before is given again to those who ask the same."""

from agents.cache.answers import AnswerCache, Terms
from agents.cache.entry import Recalled, Remembered

__all__ = ["AnswerCache", "Recalled", "Remembered", "Terms"]
