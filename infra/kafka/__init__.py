"""A real Apache Kafka broker in one JVM: ``python -m infra.kafka --data DIR --listen HOST:PORT --jars DIR``."""
