"""Order numbers, tracking numbers and product codes: codes after a word that names them, or of a carrier's form."""

import re
from collections.abc import Iterator

from agents.understanding.entity.found import Candidate
from agents.understanding.entity.vocabulary import CODE, Sight, Word

_CARRIERS = (
    "顺丰", "中通", "圆通", "韵达", "申通", "极兔", "德邦", "百世", "邮政", "京东快递", "京东物流", "菜鸟",
    "ups", "fedex", "dhl", "usps", "ems", "dpd", "gls", "hermes", "royal mail",
)  # fmt: skip
_ZH_ORDER = ("订单", "定单", "单号", "流水号", "交易号")
_ZH_PARCEL = ("运单", "快递", "物流", "包裹", "面单", "快件")
_EN_PARCEL = ("tracking", "waybill", "awb", "consignment", "shipment", "parcel", "package")
_EN_ORDER = ("order", "purchase", "po number", "po #", "po no")
_PRODUCT_CUES = (
    "型号",
    "货号",
    "款号",
    "商品编号",
    "商品编码",
    "商品id",
    "sku",
    "model",
    "item number",
    "item no",
    "item #",
    "item id",
    "item code",
    "product code",
    "article no",
    "article number",
)
_NAMED = {
    "tracking_number": (*_CARRIERS, *_ZH_PARCEL, *_EN_PARCEL), "order_number": (*_ZH_ORDER, *_EN_ORDER),
    "product": _PRODUCT_CUES,
}  # fmt: skip
CUES = tuple(Word(cue, CODE, named) for named, cues in _NAMED.items() for cue in cues)

_FILLER = (
    r"(?:\s?(?:是|为|号码|编号|号|尾号|尾数|后四位|number|num\b|no\b\.?|nr\b\.?|id\b|code|ref\b|reference|is"
    r"|was|are|=|:|#|-|\.)){0,4}\s?[(\[\"'「【《]?\s?"
)
_CODE = (
    r"(?!(?:19|20)[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}(?![0-9-]))"
    r"(?=[a-z-]{0,10}[0-9])[0-9a-z](?:[0-9a-z-]{3,30})[0-9a-z]"
)
_END = r"(?![0-9a-z])(?!-[0-9a-z])"
_UNIT = r"(?!\s?(?:元|块|件|个|天|年|月|岁|折|多|rmb|usd|dollars?|euros?|days?|hours?|items?|pieces?|pcs|points?))"
_AFTER_CUE = re.compile(rf"(?:的)?(?:快递|速运|物流|包裹|运单|订单|单)?{_FILLER}({_CODE}){_END}{_UNIT}")
_SHORT_TAIL = re.compile(r"(?:号)?(?:尾号|尾数|后四位)(?:是|为|:)?\s?([0-9]{3,6})(?![0-9])")
_MODEL = re.compile(rf"{_FILLER}((?=[a-z-]{{0,10}}[0-9])[0-9a-z][0-9a-z-]{{1,20}}){_END}{_UNIT}")
_SPLIT = re.compile(rf"{_FILLER}([0-9]{{3,8}}(?:[ ][0-9]{{3,8}}){{1,5}}){_END}{_UNIT}")

_CARRIED = re.compile(
    r"sf[0-9]{12,15}|yt[0-9]{13,18}|zto[0-9]{12}|sto[0-9]{12}|jd[vaxbk][0-9a-z]{10,16}|jd[0-9]{13}|jt[0-9]{13}"
    r"|dbl?[0-9]{9,14}|dpk[0-9]{12,15}|(?:ems|yd|htky|lp|yz|cp|best)[0-9]{10,16}|1z[0-9a-z]{16}"
    r"|[a-z]{2}[0-9]{9}[a-z]{2}|9[2-5][0-9]{20}"
)
_NUMBERED = re.compile(
    r"(?:kf|ord|so|po|dd|dh|tb|inv|no|ec|wx|ddh|order|xs|sale)-?[0-9]{4,20}(?:-[0-9a-z]{1,12}){0,3}"
    r"|(?!(?:sku|iso|gb|rtx|gtx|ver|rfc|cve)-)[a-z]{2,5}-[0-9]{6,20}(?:-[0-9a-z]{1,12}){0,3}"
    r"|[0-9]{3}-[0-9]{7}-[0-9]{7}|[0-9]{12,24}"
)
_TOKEN = re.compile(r"[0-9a-z](?<![0-9a-z._+-][0-9a-z])(?=[a-z-]{0,6}[0-9])[0-9a-z-]{6,60}(?<!-)(?![0-9a-z_])")
_LONG = re.compile(r"[0-9][0-9-]{3}")
_ALONE = re.compile(r"\s*#?([a-z]{0,4}-?[0-9]{8,11}(?:-[0-9]{1,6})?)\s*[。.!?？]?\s*")
_MOBILE_OR_DATE = re.compile(r"1[3-9][0-9]{9}|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")


def codes(sight: Sight) -> Iterator[Candidate]:
    """Order and tracking numbers and product codes, in capitals."""
    if sight.kinds & CODE:
        yield from _after_cues(sight)
    if _LONG.search(sight.text):
        yield from _by_form(sight.text)


def _after_cues(sight: Sight) -> Iterator[Candidate]:
    for hit in sight.of(CODE):
        code = _after(sight.text, hit.end, hit.value)
        if code:
            yield Candidate(hit.value, code[1].upper().replace(" ", ""), code.start(1), code.end(1))


def _after(text: str, place: int, named: str) -> re.Match[str] | None:
    if named == "product":
        return _MODEL.match(text, place)
    code = _AFTER_CUE.match(text, place)
    if code is None and named == "order_number":
        code = _SHORT_TAIL.match(text, place)
    split = code is None or text[code.end() : code.end() + 1] == " "
    return (_SPLIT.match(text, place) or code) if split else code


def _by_form(text: str) -> Iterator[Candidate]:
    for token in _TOKEN.finditer(text):
        carried = _CARRIED.fullmatch(token[0])
        if carried or _NUMBERED.fullmatch(token[0]):
            named = "tracking_number" if carried else "order_number"
            yield Candidate(named, token[0].upper(), token.start(), token.end(), not carried)
    alone = _ALONE.fullmatch(text)
    if alone and not _MOBILE_OR_DATE.fullmatch(alone[1]):
        yield Candidate("order_number", alone[1].upper(), alone.start(1), alone.end(1), True)
