"""Sinks: what the topics say into ClickHouse, once."""
