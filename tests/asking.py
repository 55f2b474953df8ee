"""Workers without gateway and ClickHouse, and messages to them as a foreign producer writes them."""

from pathlib import Path
from typing import Any

from schemas import codec, topics
from schemas.messages import InboundMessage
from streams.settings import Settings
from tests.topics import fresh, produce, values, wait_until


def alone(kafka: str, home: Path, *, partitions: int, ollama_urls: str = "") -> Settings:
    """Settings under which nothing answers as ClickHouse or gateway."""
    return Settings(
        home=home,
        kafka=kafka,
        partitions=partitions,
        clickhouse_url="http://127.0.0.1:9",
        ollama_urls=ollama_urls,
        http_port=9,
    )


def ask(kafka: str, conversation: str, text: str) -> dict[str, Any]:
    """The reply to a message, which is written as it is said."""
    message = InboundMessage(
        message_id=fresh("m"), conversation_id=conversation, user_id=conversation, channel="web", text=text
    )
    produce(kafka, topics.INBOUND.name, [(conversation, codec.encode(message))], partitioner="murmur2_random")
    found: list[dict[str, Any]] = []

    def answered() -> bool:
        replies = values(kafka, topics.OUTBOUND.name)
        found[:] = [one for one in replies if one["in_reply_to"] == message.message_id]
        return bool(found)

    wait_until(answered, seconds=120)
    return found[0]
