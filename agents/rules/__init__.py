"""Rules of a trade: what must not be left to scripts and models."""
