"""The topics that kefu creates, with the policies of the contract."""

import pytest

from schemas import topics
from streams.topology import STATEFUL, changelog, wanted

DAYS = {
    "chat.inbound.v1": 7,
    "chat.outbound.v1": 7,
    "chat.chunks.v1": 1 / 24,
    "chat.delivery.v1": 7,
    "inference.requests.v1": 1,
    "inference.priority.v1": 1,
    "inference.results.v1": 1,
    "handover.events.v1": 7,
    "feedback.inbound.v1": 30,
    "conversation.log.v1": 14,
    "quality.alerts.v1": 30,
}
COMPACTED = ["knowledge.articles.v1", "control.settings.v1", "control.keys.v1", *map(changelog, STATEFUL)]


@pytest.mark.parametrize(("name", "days"), DAYS.items())
def test_a_topic_of_events_is_kept_as_long_as_the_contract_says(name: str, days: float) -> None:
    config = wanted()[name]
    assert (config["cleanup.policy"], int(config["retention.ms"])) == ("delete", int(days * 24 * 3_600_000))


@pytest.mark.parametrize("name", COMPACTED)
def test_a_topic_of_what_is_known_now_is_compacted_and_nothing_in_it_grows_old(name: str) -> None:
    config = wanted()[name]
    assert config["cleanup.policy"] == "compact"
    assert "retention.ms" not in config


def test_every_topic_has_a_dead_letter_topic_that_takes_its_largest_record_with_headers() -> None:
    for topic in topics.ALL:
        dead = wanted()[topic.dead_letter]
        assert topic.dead_letter == f"dlq.{topic.name}"
        assert int(dead["retention.ms"]) == 30 * topics.DAY_MS
        assert int(dead["max.message.bytes"]) > int(wanted()[topic.name]["max.message.bytes"])
    assert len(wanted()) == 2 * len(topics.ALL) + len(STATEFUL)
