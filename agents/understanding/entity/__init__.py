"""Entities: values named in a message, one kind of value a file."""
