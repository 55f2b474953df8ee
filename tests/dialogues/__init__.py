"""Scripted conversations: given turns, expected decisions."""
