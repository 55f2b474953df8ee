"""A shopper: reads what the desk says, answers as its goal wants it, and sometimes slips, strays or loses patience."""

import random
import re
from collections.abc import Sequence

from infra.business.goods import Product
from tests.shopping.goals import READ, Bought, Goal
from tests.shopping.phrases import ANSWERS, ASIDES, MEANT, OPENINGS, PLACES, REASONS

MOST = 18
"""Messages after which a shopper has had enough."""
_QUESTIONS = (
    (
        "meant",
        r"您指的是下面哪一件|不太确定您要问的是哪一件|which of these (?:do )?you mean",
    ),
    ("list", r"(?:^|\n)1\. .+\n2\. "),
    ("confirm", r"提交吗|提交退货吗|现在开吗|现在提交吗|改寄到.*可以吗|shall i|please confirm: send"),
    ("propose", r"您说的是|请确认一下，是|do you mean kf|just to be sure: is it"),
    ("change", r"哪里不对|what should be different"),
    ("tax", r"识别号|tax number"),
    ("title", r"抬头写|made out to\? "),
    ("wanted", r"想换成|您想换成|what would you like instead|would you like in exchange"),
    ("reason", r"原因是什么|退货原因吗|what is the reason|may i ask the reason"),
    ("address", r"新的收货地址是什么|地址好像不完整|new address\?|looks incomplete"),
    ("code", r"券码发给我|what is the code|券码是 4|a code has 4"),
    ("text", r"说说发生了什么|能再多说几句|what happened\?|say a little more"),
    ("number", r"订单号|order number|send me its number|which order"),
    ("retry", r"回复“再试”|say .try again"),
)
_LISTED = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
_NUMBER = re.compile(r"KF\d+")


class Shopper:
    """One conversation; ``draw`` decides all that chance decides, so that a seed says it all again.

    ``handed`` is set once a person takes over, ``seen`` holds all that the desk has said.
    """

    def __init__(self, goal: Goal, draw: random.Random) -> None:
        self.goal, self._draw, self._language = goal, draw, goal.language
        self.handed, self.over, self.seen = False, False, list[str]()
        self._said, self._asides = 0, draw.choices((0, 1, 2), (0.6, 0.3, 0.1))[0]
        self._slips, self._corrects = (
            draw.random() < 0.25,
            draw.random() < 0.2 and len(goal.orders) > 1 and goal.task not in READ,
        )
        self._quits_at = draw.randint(1, 3) if goal.ending == "cancelled" else 0

    def first(self) -> str:
        """The first message."""
        return self._send(self._typed(self._opening()))

    def hear(self, text: str, source: str) -> str | None:
        """The next message, or None where the shopper has nothing more to say."""
        self.seen.append(text)
        if source in ("handover", "human"):
            self.handed = True
        asked = _asked(text)
        if self.handed or self._said >= MOST or (asked == "" and self._done(text, source)):
            self.over = True
            return None
        if self._quits_at and asked and (self._said >= self._quits_at or asked == "confirm"):
            self._quits_at = 0
            return self._send(self._pick("cancel"))
        if self._asides and self._draw.random() < 0.25:
            self._asides -= 1
            return self._send(self._draw.choice(ASIDES[self._language]))
        return self._send(self._answer(asked, text))

    def _done(self, text: str, source: str) -> bool:
        """Whether nothing is left to say: the desk has told an end, and asks nothing."""
        if self.goal.ending == "cancelled" and not self._quits_at:
            return True
        return source == "tool" or self.goal.order.number in text

    def _answer(self, asked: str, text: str) -> str:
        if asked == "meant":
            return self._meant(text)
        if asked == "list":
            return self._chosen(text)
        if asked in ("confirm", "propose"):
            return self._agreed(asked, text)
        return self._told(asked) or self._opening() + f" {self.goal.order.number}"

    def _told(self, asked: str) -> str:
        """The answer to a question about one thing."""
        if asked == "reason":
            return self._draw.choice(REASONS[self.goal.reason][self._language])
        if asked == "number":
            return self._numbered()
        if asked == "retry":
            return "再试" if self._language == "zh" else "try again"
        kind = "right_order" if asked == "change" else asked
        return self._pick(kind) if kind in ANSWERS else ""

    def _opening(self) -> str:
        return self._filled(self._draw.choice(OPENINGS[self.goal.task][self._language]))

    def _numbered(self) -> str:
        """The order's number, or at first that of another one."""
        if self._corrects:
            self._corrects = False
            other = next(order for order in self.goal.orders if order is not self.goal.order)
            return self._filled(self._draw.choice(ANSWERS["number"][self._language]), other)
        return self._pick("number")

    def _agreed(self, asked: str, text: str) -> str:
        """Yes to what is right, else what would be right."""
        numbers = _NUMBER.findall(text)
        if numbers and self.goal.order.number not in numbers:
            return self._pick("right_order" if asked == "confirm" or self._draw.random() < 0.7 else "no")
        if asked == "confirm" and self.goal.task == "return" and not self._items_right(text):
            return self._all_or_one()
        return self._pick("yes")

    def _items_right(self, text: str) -> bool:
        shown = {product.sku for product in self.goal.order.goods if _names(product, text)}
        return not shown or shown == {product.sku for product in self.goal.items}

    def _all_or_one(self) -> str:
        """What is to go back of an order of several goods, as a correction."""
        words = {"zh": "不对，只退{p}", "en": "no, only the {p}"}
        everything = {"zh": "不对，全部都退", "en": "no, all of them"}
        return self._filled((everything if len(self.goal.items) > 1 else words)[self._language])

    def _chosen(self, text: str) -> str:
        """One of a list: of orders, or of the goods of one."""
        listed = _LISTED.findall(text)
        if any(_NUMBER.search(line) for _, line in listed):
            return self._order_of(listed)
        if len(self.goal.items) == len(self.goal.order.goods):
            return self._pick("all")
        place = next((int(digit) for digit, line in listed if _names(self.goal.items[0], line)), 0)
        return self._placed(place) if place and self._draw.random() < 0.5 else self._pick("product")

    def _meant(self, text: str) -> str:
        """The place of what is wanted among what it may have meant; in other words where it is not among them."""
        called = MEANT[self.goal.task][self._language]
        place = next((int(digit) for digit, line in _LISTED.findall(text) if line in called), 0)
        return self._placed(place) if place else self._opening() + f" {self.goal.order.number}"

    def _order_of(self, listed: Sequence[tuple[str, str]]) -> str:
        place = next((int(digit) for digit, line in listed if self.goal.order.number in line), 0)
        if not place:
            return self._numbered()
        return self._draw.choice((self._placed(place), self._pick("product"), self._numbered()))

    def _placed(self, place: int) -> str:
        chosen: str = self._draw.choice(ANSWERS["place"][self._language])
        return chosen.format(d=place, z=PLACES["zh"][place - 1], o=PLACES["en"][min(place, 5) - 1])

    def _pick(self, kind: str) -> str:
        return self._filled(self._draw.choice(ANSWERS[kind][self._language]))

    def _filled(self, phrase: str, order: Bought | None = None) -> str:
        order, goods = order or self.goal.order, self.goal.items or self.goal.order.goods
        name = goods[0].chinese if self._language == "zh" else goods[0].english
        return phrase.format(n=order.number, p=name, c=self.goal.code)

    def _send(self, text: str) -> str:
        self._said += 1
        return text

    def _typed(self, text: str) -> str:
        """The text as it is typed: sometimes with a slip in one of the longer words."""
        words = [
            place for place, word in enumerate(text.split(" ")) if word.isalpha() and word.isascii() and len(word) > 5
        ]
        if not self._slips or not words:
            return text
        split, place = text.split(" "), self._draw.choice(words)
        split[place] = self._slipped(split[place])
        return " ".join(split)

    def _slipped(self, word: str) -> str:
        """A word with two letters swapped, one left out, doubled or wrong."""
        at = self._draw.randint(1, len(word) - 3)
        head, letter, following, tail = word[:at], word[at], word[at + 1], word[at + 2 :]
        wrong = self._draw.choice("asdfghjkl")
        slips = (following + letter, following, letter + letter + following, wrong + following)
        return head + self._draw.choice(slips) + tail


def _names(product: Product, text: str) -> bool:
    return product.chinese.lower() in text.lower() or product.english.lower() in text.lower()


def _asked(text: str) -> str:
    """What the desk asks for in the end of a text; empty where it asks nothing."""
    return next((kind for kind, pattern in _QUESTIONS if re.search(pattern, text.lower())), "")
