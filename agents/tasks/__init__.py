"""Tasks: what a conversation works towards over several turns, declared as data."""
