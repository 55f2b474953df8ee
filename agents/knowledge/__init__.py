"""Knowledge: articles in memory, found by what a question says."""

from agents.knowledge.index import CONFIDENT, RELATED, Hit, Index

__all__ = ["CONFIDENT", "RELATED", "Hit", "Index"]
