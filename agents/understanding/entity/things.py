"""Products and colours: names of the catalogue, models, and products that the words round them give away."""

import re
from collections.abc import Iterator

from agents.understanding.entity.found import Candidate
from agents.understanding.entity.vocabulary import BOUGHT, COLOUR, NO_COLOUR, NO_PRODUCT, PRODUCT, Hit, Sight, Word

_MODELS = "+"
"""Ends the value of a product whose models are numbered."""

_MODEL = re.compile(
    r"\s?(?:[a-z]{0,2}[0-9]{1,4}(?:(?=pro|plus|max|ultra|mini)|[a-z]{0,2})(?!(?!pro|plus|max|ultra|mini)[0-9a-z]|\s?[元块件个台部只年月日号点天折%]))?(?:\s?(?:pro|max"
    r"|plus|ultra|mini|air|se|lite|note|fold|promax|series\s[0-9]+)(?![a-z])\+?)"
    r"{0,3}(?:\s[0-9]{1,2}(?![0-9a-z.:/%,-]|\s?[a-z元块件个台年月日号点天]))?"
)
_SINGLE_BEFORE = frozenset("本双把张口件个的款顶床套条只这那买黑白红蓝灰粉绿黄色")
_SINGLE_AFTER = frozenset("垫盒码底带胶柜架店油跟面套单号")
_ZH_BOUGHT = ("买", "订", "购", "入手", "拍", "收到", "下单")
_EN_BOUGHT = ("bought", "ordered", "purchased", "received")
CUES = tuple(Word(cue, BOUGHT, cue) for cue in (*_ZH_BOUGHT, *_EN_BOUGHT))

_NOUN = (
    "机|器|鞋|衣|裤|裙|包|壳|灯|表|椅|桌|柜|锅|杯|壶|粉|霜|膏|乳|油|纸|膜|笔|刀|伞|帽|袜|枕|被|毯|垫|箱|车|琴"
    "|相框|花|水果|苹果|樱桃"
    "|牛奶|茶|酒|大米|糖|饼|套装|礼盒|面包|蛋糕|月饼|床|沙发|书|球|球拍|镜|链|手环|盒子|积木|娃娃|手办|种子"
    "|猫粮|狗粮|猫砂|洗面奶|精华"
)
_ZH_NAMED = re.compile(
    r"(?:了|的|过|到的|到)?(?:这|那|你们|贵店|一|两|三|几|[0-9]{1,2})?(?:个"
    r"|件|台|条|双|部|本|套|款|盒|瓶|包|箱|只|把|张|支|袋)?(?:的)?"
    rf"(?P<name>(?![了的个件这那你我他它是大小左右0-9物])[\u4e00-\u9fffa-z0-9]{{1,8}}?(?:{_NOUN}))(?=$"
    rf"|[\s，。！？,.!?;；、\x00]"
    rf"|[坏有不没质什怎到了是在想要能可太很还就出破漏退换尺颜少发碎裂用打开充掉收上下几多为和与跟给]|已经|一直"
    rf"|今天|昨天)"
)
_ZH_QUOTED = re.compile(
    r"[《「“](?P<name>[^《》「」“”\x00\n]{2,20})[》」”](?=.{0,6}(?:到|坏|有货|多少|质量|退|换|发货|什么时候|破|书))"
)
_QUOTES = re.compile("[《「“]")
_NO_NOUN = (
    "week|day|month|year|hour|minute|order|item|product|size|colou?r|thing|one|replacement|refund|email|parcel"
    "|package|while|lot|few"
    "|couple|pair|set|message|notification|call|goods|gift|present|delivery|reply|response|dozen|code|discount"
    "|coupon|voucher"
    "|large|small|medium|version|model|and|only|but|got|it|them|that|not|from|with|for|new|very|wrong"
    "|different|same|damaged|broken|of"
)
_EN_NAMED = re.compile(
    r"\s(?:an?|the|this|these|some|my|your|[0-9]{1,2}|two|three)\s(?:new\s)?"
    rf"(?P<name>(?:(?!(?:{_NO_NOUN})s?\b)[a-z]{{3,14}}[\s-]){{0,2}}?(?!(?:{_NO_NOUN})s?\b)[a-z]{{3,14}})"
    r"(?=\s*(?:$|[,.!?;]|(?:from|on|last|yesterday|today|in|and|but|that|which|for|with|is|was|at|two|three|a"
    r"|this|it|online|here)\b))"
)


def things(sight: Sight, tints: dict[str, str]) -> Iterator[Candidate]:
    """Products by their id (models with their number) or, where the catalogue lacks them, name; colours."""
    named = _products(sight) if sight.kinds & PRODUCT else []
    for hit in named:
        yield _product(hit, sight.text)
        yield from _tinted(hit, sight.text, tints)
    for hit in sight.allowed(COLOUR, NO_COLOUR) if sight.kinds & COLOUR else ():
        yield Candidate("colour", hit.value, hit.start, hit.end)
    if sight.kinds & BOUGHT:
        yield from _named(sight)


def _products(sight: Sight) -> list[Hit]:
    text = sight.text
    hits = sight.allowed(PRODUCT, NO_PRODUCT)
    return [hit for hit in hits if hit.end - hit.start > 1 or _stands_alone(hit, text)]


def _stands_alone(hit: Hit, text: str) -> bool:
    before, after = text[hit.start - 1 : hit.start], text[hit.end : hit.end + 1]
    return before in _SINGLE_BEFORE and (not after or after not in _SINGLE_AFTER)


def _product(hit: Hit, text: str) -> Candidate:
    if not hit.value.endswith(_MODELS):
        return Candidate("product", hit.value, hit.start, hit.end)
    model = _MODEL.match(text, hit.end)
    said = model[0].strip() if model else ""
    end = hit.end + len(model[0].rstrip()) if model and said else hit.end
    return Candidate("product", " ".join((hit.value[:-1], *said.split())), hit.start, end)


def _tinted(hit: Hit, text: str, tints: dict[str, str]) -> Iterator[Candidate]:
    """黑裙子: a single character names the colour of a product that follows it."""
    start = hit.start - 1
    if start >= 0 and text[start] in tints and "\u4e00" <= text[hit.start] <= "\u9fff":
        yield Candidate("colour", tints[text[start]], start, hit.start)


def _named(sight: Sight) -> Iterator[Candidate]:
    for hit in sight.of(BOUGHT):
        match = (_EN_NAMED if hit.value.isascii() else _ZH_NAMED).match(sight.text, hit.end)
        if match:
            yield Candidate("product", match["name"].strip(), *match.span("name"), True)
    for match in _ZH_QUOTED.finditer(sight.text) if _QUOTES.search(sight.text) else ():
        yield Candidate("product", match["name"].strip(), *match.span("name"), True)
