"""The dialogue agent: one conversation, one memory, one answer to each message."""
