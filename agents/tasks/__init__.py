"""Tasks: what a conversation works towards over several turns, declared as data."""

from agents.tasks.load import load
from agents.tasks.tasks import Tasks

__all__ = ["Tasks", "load"]
