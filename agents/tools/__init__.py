"""Tools: calls of business systems, checked before and after, for tasks and for models alike."""
