"""Real servers for tests, started and stopped by them."""
