"""The answer cache: what a model has said before need not be asked again."""
