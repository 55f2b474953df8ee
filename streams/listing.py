"""The table that ``kefu topics`` prints."""

from confluent_kafka import TopicPartition

from schemas import topics
from streams import records, topology
from streams.settings import Settings


def topic_table(settings: Settings) -> str:
    """Name, partitions, records (offsets between the ends, transaction markers included), policy, meaning."""
    there = topology.existing(topology.admin(settings.kafka))
    consumer = records.reader(settings)
    lines = [f"{'topic':34} {'partitions':>10} {'records':>10}  kept"]
    for name in [name for name in topology.wanted() if name in there]:
        ends = [consumer.get_watermark_offsets(TopicPartition(name, part), timeout=10) for part in range(there[name])]
        lines.append(f"{name:34} {there[name]:>10} {sum(end - begin for begin, end in ends):>10}  {_kept(name)}")
    consumer.close()
    missing = [name for name in topology.wanted() if name not in there]
    return "\n".join(lines + [f"missing: {', '.join(missing)}; `kefu migrate` creates them"] * bool(missing))


def _kept(name: str) -> str:
    known = topics.BY_NAME.get(name)
    if known is None:
        return "30 days: put aside" if name.startswith("dlq.") else "the last of each key: an agent's states"
    return f"{'the last of each key' if known.retention_ms is None else _span(known.retention_ms)}: {known.about}"


def _span(milliseconds: int) -> str:
    unit, length = ("day", topics.DAY_MS) if milliseconds >= topics.DAY_MS else ("hour", topics.HOUR_MS)
    count = milliseconds / length
    return f"{count:g} {unit}{'' if count == 1 else 's'}"
