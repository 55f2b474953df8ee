"""The dialogue worker is killed with -9 in the middle of tasks and handovers: nobody has to say anything twice."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from schemas import topics
from streams import topology
from tests.programs.control import Counting, counting
from tests.programs.counting import PARTITIONS
from tests.servers.kafka import running
from tests.topics import fresh, produce, read, values, wait_until

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(240)]

CONVERSATIONS = 12
AT = "2026-03-02T09:15:30.250Z"
CUSTOMER = "customer"
Line = tuple[str, str, str]
"""Who (the customer, or what a colleague does), what is said, and the answer that must come, if any."""
RETURN: tuple[Line, ...] = (
    (CUSTOMER, "want=return_request", "Which order?"),
    (CUSTOMER, "order_number=A{n}", "What is wrong with it?"),
    (CUSTOMER, "reason=wrong_size", "Shall I return it?"),
    (CUSTOMER, "yes", "Return R-A{n} is on its way."),
    (CUSTOMER, "want=greeting", "Hello!"),
)
PERSON: tuple[Line, ...] = (
    (CUSTOMER, "want=human_agent", "Sure, a person will come."),
    ("taken", "", ""),
    (CUSTOMER, "is somebody there", ""),
    ("replied", "Here I am.", "Here I am."),
    ("returned", "", ""),
    (CUSTOMER, "want=greeting", "Hello!"),
)


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker with kefu's own topics."""
    with running(tmp_path_factory.mktemp("broker"), partitions=PARTITIONS) as broker:
        topology.create(broker.bootstrap, partitions=PARTITIONS, replication=1)
        yield broker.bootstrap


@dataclass
class Customers:
    """Each says the next line of its script once the one before has led to something; tools and colleagues answer."""

    bootstrap: str
    scripts: Mapping[str, Sequence[Line]]
    at: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    called: set[str] = field(default_factory=set)

    def go_on(self) -> bool:
        """Say what can be said now; whether all is said and answered."""
        self._answer_calls()
        answers, noticed = self.answers(), self._noticed()
        over = True
        for name, script in self.scripts.items():
            past = script[: self.at[name]]
            wanted = sum(1 for _, _, answer in past if answer), sum(1 for _, _, answer in past if not answer)
            if len(answers[name]) >= wanted[0] and noticed[name] >= wanted[1]:
                over = over and len(past) == len(script)
                self._say(name, script)
            else:
                over = False
        return over

    def answers(self) -> dict[str, list[str]]:
        found = defaultdict[str, list[str]](list)
        for reply in values(self.bootstrap, topics.OUTBOUND.name):
            found[reply["conversation_id"]].append(reply["text"])
        return found

    def _noticed(self) -> Counter[str]:
        """How often the dialogue let a message through to a colleague, or noticed what one did without a word."""
        events = values(self.bootstrap, topics.HANDOVER.name)
        said = Counter(event["conversation_id"] for event in events if event["kind"] == "said")
        log = values(self.bootstrap, topics.LOG.name)
        return said + Counter(
            event["conversation_id"] for event in log if event["detail"].get("event") in ("taken", "returned")
        )

    def _say(self, name: str, script: Sequence[Line]) -> None:
        if self.at[name] == len(script):
            return
        who, text, _ = script[self.at[name]]
        said = {"conversation_id": name, "text": text.format(n=name.rpartition("-")[2])}
        if who == CUSTOMER:
            self._write(topics.INBOUND.name, name, said | {"message_id": f"{name}-m{self.at[name]}"})
        else:
            event = said | {"event_id": f"{name}-{who}", "kind": who, "agent_id": "li", "occurred_at": AT}
            for _ in range(2):  # as a console that is unsure does
                self._write(topics.HANDOVER.name, name, event)
        self.at[name] += 1

    def _answer_calls(self) -> None:
        for call in values(self.bootstrap, topics.TOOL_REQUESTS.name):
            if call["request_id"] not in self.called:
                self.called.add(call["request_id"])
                same = {key: call[key] for key in ("request_id", "message_id", "conversation_id", "tool")}
                value = {"return_number": f"R-{call['arguments']['order_number']}"}
                result = same | {"outcome": "done", "value": value, "occurred_at": AT}
                self._write(topics.TOOL_RESULTS.name, call["conversation_id"], result)

    def _write(self, topic: str, key: str, value: dict[str, Any]) -> None:
        produce(self.bootstrap, topic, [(key, json.dumps(value).encode())], partitioner="murmur2_random")


def played(workers: Counting, scripts: Mapping[str, Sequence[Line]]) -> Customers:
    """All scripts to their ends, while the worker is killed now and then."""
    customers, kills = Customers(workers.bootstrap, scripts), 0

    def over() -> bool:
        nonlocal kills
        done = customers.go_on()
        said = sum(customers.at.values())
        if not done and kills < 5 and said >= (kills + 1) * CONVERSATIONS * 0.9:
            workers.kill("w1")
            kills += 1
        return done

    wait_until(over, seconds=180)
    assert kills == 5
    return customers


def test_a_task_and_a_handover_survive_kills_in_their_middle(bootstrap: str) -> None:
    group = fresh("talk")
    scripts = {f"{group}-{n}": RETURN if n % 2 else PERSON for n in range(CONVERSATIONS)}
    with counting(bootstrap, group, program="talking", create=False) as workers:
        workers.supervise("w1")
        customers = played(workers, scripts)
        time.sleep(1)
        wanted = {
            name: [answer.format(n=name.rpartition("-")[2]) for _, _, answer in script if answer]
            for name, script in scripts.items()
        }
        assert customers.answers() == wanted, workers.said()
    calls = Counter(call["conversation_id"] for call in values(bootstrap, topics.TOOL_REQUESTS.name))
    assert calls == {name: 1 for name, script in scripts.items() if script is RETURN}
    events = Counter(
        (event["conversation_id"], event["kind"])
        for event in values(bootstrap, topics.HANDOVER.name)
        if event["kind"] in ("requested", "said")
    )
    assert events == {
        (name, kind): 1 for name, script in scripts.items() if script is PERSON for kind in ("requested", "said")
    }


def test_a_conversation_that_is_over_vanishes_from_the_changelog(bootstrap: str) -> None:
    group = fresh("forgotten")
    with counting(bootstrap, group, nap=2.0, program="talking", create=False) as workers:
        workers.start()
        for number in range(20):
            message = {
                "message_id": f"{group}-{number}",
                "conversation_id": f"{group}-{number % 5}",
                "text": "want=greeting",
            }
            produce(
                bootstrap, topics.INBOUND.name, [(f"{group}-{number % 5}", json.dumps(message).encode())],
                partitioner="murmur2_random",
            )  # fmt: skip
        wait_until(lambda: len(left(bootstrap, group)) == 5)
        wait_until(lambda: set(left(bootstrap, group).values()) == {None})
        workers.kill()


def left(bootstrap: str, group: str) -> dict[str, bytes | None]:
    """What compaction leaves of the states of a test's conversations: None will go too."""
    newest = {message.key().decode(): message.value() for message in read(bootstrap, topology.changelog("dialogue"))}
    return {key: value for key, value in newest.items() if key.startswith(group)}
