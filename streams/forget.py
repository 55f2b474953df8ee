"""Deletes the key to a conversation's personal data."""

from schemas.topics import KEYS
from streams.sender import Sender
from streams.settings import Settings


def forget(settings: Settings, conversation_id: str) -> None:
    """Return once the broker has the deletion; every gateway follows it at once. Deleting twice changes nothing."""
    sender = Sender(settings.kafka, client_id="kefu-forget")
    sender.send(KEYS.name, conversation_id.encode(), None)
    sender.flush_now()
