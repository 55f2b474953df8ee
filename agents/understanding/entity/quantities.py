"""Quantities: 两件, 3双, two boxes, three red shirts, x2, qty 2."""

import re
from collections.abc import Iterator

from agents.understanding.entity.found import Candidate
from agents.understanding.entity.numerals import WORDS, whole
from agents.understanding.entity.vocabulary import COUNT, DIGIT, GOT, NUMBER, PRODUCT, THING, TIMES, Sight, Word

_COUNTERS = "件个双条台箱盒瓶包本套只部份张袋罐桶支把块顶副款单枚束卷对盏颗斤筒片粒根辆架床匹"
_THINGS = (
    "item", "piece", "pcs", "pc", "unit", "box", "pair", "bottle", "pack", "packet", "set", "copy", "copies", "bag",
    "can", "order", "parcel", "package", "roll", "tube", "jar", "carton", "ticket", "product", "article",
    "of them", "of these", "of those",
)  # fmt: skip
_PHRASES = {"a couple of": 2, "half a dozen": 6, "a dozen": 12, "a pair of": 1}
CUES = (
    *(Word(text, COUNT) for text in _COUNTERS),
    *(Word(text, TIMES) for text in ("数量", "qty", "quantity", "x", "×", "*")),
    *(Word(text, GOT) for text in ("ordered", "bought", "received", "got", "need", "want")),
    *(Word(form, THING, "-") for text in _THINGS for form in (text, f"{text}s", f"{text}es")),
    *(Word(text, NUMBER, str(number)) for text, number in (WORDS | _PHRASES).items()),
)

_HAN = "零一二两俩三四五六七八九十百千"
_ZH = re.compile(
    rf"(?P<n>[0-9{_HAN}](?:(?<=[0-9])[0-9]{{0,4}}|(?<=[{_HAN}])[{_HAN}]{{0,5}}))\s?(?P<counter>[{_COUNTERS}])"
    r"(?!钱|月|星期|礼拜|小时|钟头|工作日|自然日|人|客服|问题|分|套|半月|季|字|数字|头|疑问|电话|原因|回复"
    r"|说法|解释|交代|评|差评|好评|步"
    r"|信|消息|投诉|建议|地址|账号|手机号|号|地方|方面|多|一下|政策|规定|服务|法|发票|增值税|专票|收据|普票|电子)"
)
_BEFORE = frozenset(
    "第0123456789./-零一二两俩三四五六七八九十百千几每这那上下另同哪某有头尺米寸abcdefghijklmnopqrstuvwxyz"
)
_ONE_BEFORE = re.compile(
    r"(?:[买要订拍退换来单加补少购发寄缺漏送错下入拿]|收到|还剩|只有|不要|想要)[了的过到是我]?\s?$"
)
_THOUSANDS = re.compile(r"[0-9],$")
_HEAVY = 30
"""Pounds above which it is a person's weight."""
_WORD = re.compile(
    r"\s?(?:(?!days?|weeks?|hours?|minutes?|months?|years?|times?|of|for|and|in|on|or|to|the|a|my|is|was)"
    r"[a-z-]{2,12}\s)?"
)
_DIGITS = re.compile(r"[0-9](?<![0-9a-z.$£€¥/:#-].)(?<![0-9],.)[0-9]{0,4}(?=\s?[a-z-])")
_TIME = re.compile(r"s?\s(?:days?|weeks?|hours?|minutes?|months?|times?|people)\b")
_TIMES = re.compile(
    rf"(?:[x×*](?<![a-z0-9].)\s?|\bqty:?\s?|\bquantity:?\s?(?:is\s|of\s)?|数量:?[是为]?\s?)(?P<n>[0-9]{{1,4}})"
    rf"(?![0-9a-z.])(?:\s?[{_COUNTERS}])?"
    r"|(?<![0-9a-z.])(?P<n_2>[0-9]{1,3})\s?[x×](?=\s|$|[，,.。])"
)
_BARE = re.compile(
    rf"\b(?:ordered|bought|received|got|need|want)\s(?:only\s|just\s)?(?P<n>[0-9]{{1,3}}|{'|'.join(list(WORDS)[1:])})"
    r"(?=\s*(?:$|[,.!?;]|(?:but|and|instead|not|only|when|while)\b))"
)


def quantities(sight: Sight) -> Iterator[Candidate]:
    """Numbers of things, as digits; 一件 and the like only after a verb such as 买了."""
    text, kinds = sight.text, sight.kinds
    if kinds & COUNT:
        yield from _chinese(text)
    if kinds & TIMES and kinds & DIGIT:
        for match in _TIMES.finditer(text):
            yield Candidate("quantity", str(int(match["n"] or match["n_2"])), *match.span())
    if kinds & GOT and kinds & (DIGIT | NUMBER):
        for match in _BARE.finditer(text):
            yield Candidate("quantity", str(whole(match["n"])), *match.span("n"), True)
    if kinds & (THING | PRODUCT) and kinds & (DIGIT | NUMBER):
        yield from _english(sight)


def _chinese(text: str) -> Iterator[Candidate]:
    for match in _ZH.finditer(text):
        start, number, counter = match.start(), match["n"], match["counter"]
        if start and (text[start - 1] in _BEFORE or _THOUSANDS.search(text, max(start - 2, 0), start)):
            continue
        if number in "零〇" or (counter == "斤" and whole(number) > _HEAVY):
            continue
        if number == "一" and not _ONE_BEFORE.search(text, max(start - 5, 0), start):
            continue
        if counter != "对" or text[match.end() : match.end() + 1] not in ("一", "不", "比"):
            yield Candidate("quantity", str(whole(number)), *match.span())


def _english(sight: Sight) -> Iterator[Candidate]:
    """Two red shirts: a number, at most two words, and a thing or a product."""
    text = sight.text
    things = {hit.start: hit.end for hit in sight.of(THING)}
    products = {hit.start for hit in sight.of(PRODUCT) if text[hit.start].isascii()}
    numbers = [(hit.start, hit.end, hit.value) for hit in sight.of(NUMBER)]
    if sight.kinds & DIGIT:
        numbers += ((*match.span(), match[0]) for match in _DIGITS.finditer(text))
    for start, end, value in numbers:
        place = end + (text[end : end + 1] == " ")
        for _ in range(3):
            if place in products:
                yield Candidate("quantity", str(int(value)), start, end)
            elif place in things and not _TIME.match(text, things[place]):
                yield Candidate("quantity", str(int(value)), start, things[place])
            word = _WORD.match(text, place)
            place = word.end() if word else place
