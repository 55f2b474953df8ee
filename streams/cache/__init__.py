"""The levels of the answer cache: memory, Redis, disk."""
