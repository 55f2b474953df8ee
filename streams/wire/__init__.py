"""Kafka's wire protocol, as far as a transactional producer needs it: one that asks the broker as little as it can."""
