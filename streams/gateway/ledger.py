"""Recent replies and which of them reached somebody: what decides what a client still has to get."""

from collections import OrderedDict, defaultdict

from schemas.messages import Reply


class Ledger:
    """Keeps the newest ``most`` replies for ``keep_s`` seconds; a reply counts once, however often it comes."""

    def __init__(self, *, keep_s: float, most: int) -> None:
        self._keep_s, self._most = keep_s, most
        self._replies: OrderedDict[str, tuple[float, Reply]] = OrderedDict()
        self._by_message: dict[str, Reply] = {}
        self._missed: defaultdict[str, dict[str, Reply]] = defaultdict(dict)
        self._delivered: OrderedDict[str, None] = OrderedDict()

    def add(self, reply: Reply, now: float) -> bool:
        """Remember a reply that came at ``now``; False when it had come before."""
        if reply.reply_id in self._replies:
            return False
        self._replies[reply.reply_id] = (now, reply)
        self._by_message |= dict.fromkeys(answered(reply), reply)
        if reply.reply_id not in self._delivered:
            self._missed[reply.conversation_id][reply.reply_id] = reply
        self._forget(now)
        return True

    def deliver(self, reply_id: str) -> bool:
        """Note that a reply reached somebody; False when that was known."""
        if reply_id in self._delivered:
            return False
        self._delivered[reply_id] = None
        if len(self._delivered) > 2 * self._most:
            self._delivered.popitem(last=False)
        known = self.get(reply_id)
        if known is not None:
            self._settle(known)
        return True

    def missed(self, conversation_id: str) -> list[Reply]:
        """The conversation's replies that reached nobody yet, oldest first."""
        return list(self._missed[conversation_id].values()) if conversation_id in self._missed else []

    def is_delivered(self, reply_id: str) -> bool:
        return reply_id in self._delivered

    def get(self, reply_id: str) -> Reply | None:
        found = self._replies.get(reply_id)
        return found[1] if found else None

    def answer_to(self, message_id: str) -> Reply | None:
        return self._by_message.get(message_id)

    def _forget(self, now: float) -> None:
        while self._replies:
            came, oldest = next(iter(self._replies.values()))
            if len(self._replies) <= self._most and now - came <= self._keep_s:
                return
            del self._replies[oldest.reply_id]
            for message_id in answered(oldest):
                self._by_message.pop(message_id, None)
            self._settle(oldest)

    def _settle(self, reply: Reply) -> None:
        waiting = self._missed.get(reply.conversation_id, {})
        waiting.pop(reply.reply_id, None)
        if not waiting:
            self._missed.pop(reply.conversation_id, None)


def answered(reply: Reply) -> tuple[str, ...]:
    """The messages that a reply answers: one, or all that a burst collapsed into it."""
    return tuple(dict.fromkeys((reply.in_reply_to, *reply.in_reply_to_all)))
