"""What the routes share."""

from collections.abc import Callable
from dataclasses import dataclass

from streams.gateway.hub import Hub
from streams.gateway.intake import Intake
from streams.gateway.keys import Keys
from streams.gateway.ledger import Ledger
from streams.gateway.metrics import GatewayMetrics
from streams.gateway.ports import GatewayDeps, Limits
from streams.gateway.receipts import Receipts
from streams.gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class State:
    """The parts of one gateway; they live as long as its application."""

    hub: Hub
    intake: Intake
    keys: Keys
    receipts: Receipts
    metrics: GatewayMetrics
    limits: Limits
    clock: Callable[[], float]


def state(deps: GatewayDeps) -> State:
    limits = deps.limits
    ledger = Ledger(keep_s=limits.recent_s, most=limits.recent_replies)
    vault = Vault(deps.inbox, deps.secret, deps.clock)
    return State(
        hub=Hub(ledger, deps.clock, room=limits.frames, vault=vault),
        intake=Intake(deps.inbox, vault),
        keys=Keys(),
        receipts=Receipts(deps.inbox, ledger, deps.clock),
        metrics=GatewayMetrics(deps.registry),
        limits=limits,
        clock=deps.clock,
    )
