"""Output: what a model says, on its way to a person; thought is kept out, and nothing passes that must not be read."""
