"""Amounts of money: marks, units and words of currencies, Chinese numerals, 万 and k, ranges."""

import re
from collections.abc import Iterator
from decimal import Decimal

from agents.understanding.entity.found import Candidate
from agents.understanding.entity.numerals import HAN, bare, decimal
from agents.understanding.entity.vocabulary import DIGIT, MONEY, PAID, Sight, Word

_MARKS = {
    "us$": "USD", "hk$": "HKD", "nt$": "TWD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "s$": "SGD",
    "sg$": "SGD", "¥": "CNY", "$": "USD", "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "฿": "THB",
}  # fmt: skip
_UNITS = {
    "块钱": "CNY", "块": "CNY", "元钱": "CNY", "元": "CNY", "圆": "CNY", "人民币": "CNY", "rmb": "CNY", "cny": "CNY",
    "yuan": "CNY", "kuai": "CNY", "美元": "USD", "美金": "USD", "美刀": "USD", "刀": "USD", "usd": "USD",
    "us dollars": "USD", "us dollar": "USD", "dollars": "USD", "dollar": "USD", "bucks": "USD", "buck": "USD",
    "欧元": "EUR", "euros": "EUR", "euro": "EUR", "eur": "EUR", "英镑": "GBP", "pounds": "GBP", "pound": "GBP",
    "gbp": "GBP", "quid": "GBP", "港币": "HKD", "港元": "HKD", "港纸": "HKD", "hkd": "HKD", "hk dollars": "HKD",
    "日元": "JPY", "日圆": "JPY", "jpy": "JPY", "yen": "JPY", "韩元": "KRW", "韩币": "KRW", "krw": "KRW", "won": "KRW",
    "新台币": "TWD", "台币": "TWD", "twd": "TWD", "ntd": "TWD", "新加坡元": "SGD", "新币": "SGD", "sgd": "SGD",
    "澳元": "AUD", "澳币": "AUD", "aud": "AUD", "加元": "CAD", "加币": "CAD", "cad": "CAD", "泰铢": "THB",
    "卢布": "RUB", "rub": "RUB", "rupees": "INR", "inr": "INR", "瑞士法郎": "CHF", "chf": "CHF",
}  # fmt: skip
_SMALL = {"毛": 10, "角": 10, "分": 100}
_ZH_PAID = (
    "花了", "花费", "付了", "付款", "付", "支付", "退了", "退款", "退我", "退还", "赔", "价格", "售价", "原价", "现价",
    "到手", "总价", "总共", "一共", "合计", "共计", "金额", "优惠", "立减", "减", "满", "便宜", "降", "涨", "运费",
    "邮费", "扣了", "扣", "收了", "收",
    "充", "预算", "标价", "单价", "实付", "差价", "押金", "定金", "尾款", "转账", "转了", "打款", "价值",
)  # fmt: skip
_EN_PAID = (
    "paid", "pay", "cost", "costs", "charged", "charge", "price", "spent", "refund", "refunded", "total", "worth",
    "budget", "amount", "fee", "billed",
)  # fmt: skip
CUES = (
    *(Word(word, MONEY) for word in {*_MARKS, *_UNITS, "毛", "角", "cents", "cent", "pence"}),
    *(Word(word, PAID, word) for word in (*_ZH_PAID, *_EN_PAID)),
)

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}(?:\.[0-9]{1,2})?|[0-9]{1,9}(?:\.[0-9]{1,4})?)"
_MULTIPLE = r"(?:\s?(?:万|千|百(?!分)|亿|thousand\b|million\b|hundred\b)|k(?![a-z])|w(?![a-z]))"
_TO = r"\s?(?:-|~|到|至|to)\s?"
_MARK = "|".join(re.escape(mark) for mark in sorted(_MARKS, key=len, reverse=True))
_CODE = "rmb|cny|usd|eur|gbp|hkd|jpy|krw|twd|ntd|sgd|aud|cad|chf|inr|rub"
_UNIT = "|".join(
    {"元": "元(?!旦|素|件|宵|月|气|首|组|老|宇)", "圆": "圆(?![形圈桌领珠满通])", "刀": "刀(?![片具架])"}.get(
        unit, unit
    )
    + (r"(?![a-z])" if unit.isascii() else "")
    for unit in sorted(_UNITS, key=len, reverse=True)
)
_PIECE = (
    "(?!肥皂|香皂|手表|表|蛋糕|电池|布|地毯|巧克力|屏|砖|瓷砖|主板|硬盘|显卡|滑板|毛巾|饼|豆腐|玻璃|板|抹布|牛排|糖|肉)"
)

_MARKED = re.compile(
    rf"(?P<mark>{_MARK}|(?:{_CODE})(?<![a-z][a-z]{{3}}))\s?:?\s?(?P<low>{_NUMBER})(?![0-9.][0-9]"
    rf"|-[0-9]{{1,2}}-[0-9])(?P<times>{_MULTIPLE})?"
    rf"(?:{_TO}(?:{_MARK})?\s?(?P<high>{_NUMBER})(?P<high_times>{_MULTIPLE})?(?![0-9.][0-9]|[0-9a-z%]))?"
    rf"\s?(?:块钱|人民币|元(?!旦|素|件)|块|{_CODE})?(?![a-z])"
)
_COUNTED = re.compile(rf"(?:[0-9](?<![0-9a-z.][0-9])(?<![0-9],[0-9])(?<![a-z0-9]-[0-9])|[{HAN}](?<![{HAN}几][{HAN}]))")
_UNITED = re.compile(
    rf"(?P<low>{_NUMBER}|[{HAN}]{{1,12}})(?P<times>{_MULTIPLE})?(?:多|来|余)?\s?"
    rf"(?:(?:{_UNIT})?{_TO}(?P<high>{_NUMBER}|[{HAN}]{{1,12}})(?P<high_times>{_MULTIPLE})?\s?)?"
    rf"(?P<unit>{_UNIT}|[¥$€£]){_PIECE}"
    r"(?:(?P<tenths>[0-9一二三四五六七八九])(?:[毛角]钱?|(?<=块.)(?=$|[，。！？,.!?;；\s的了吗吧呢啊])))?"
)
_SMALLER = re.compile(
    rf"(?P<low>[0-9]{{1,3}}|[{HAN}]{{1,3}})\s?(?:(?P<unit>[毛角])(?:钱|(?![衣线毯巾绒笔孩病肚料色度落])))"
)
_CENTS = re.compile(r"(?P<low>[0-9]{1,3})\s?(?P<unit>cents?|pence)(?![a-z])")
_ZH_BARE = re.compile(
    r"(?:[了是为款我的:才要在至到价]|大概|大约|约){0,3}\s?"
    rf"(?P<low>{_NUMBER}|(?=[{HAN}]{{0,6}}[百千万])[{HAN}]{{2,8}})(?P<times>{_MULTIPLE})?"
    rf"(?:{_TO}(?P<high>{_NUMBER})(?P<high_times>{_MULTIPLE})?)?(?![0-9a-z%.:/*-]"
    r"|\s?[年月日号点分个件双条台箱盒瓶包本套只部份张袋罐桶支把顶副款单枚束卷对周小折次人位天倍米斤公克寸码岁期级星])"
)
_EN_BARE = re.compile(
    r"\s?(?:me\s|only\s|about\s|around\s|is\s|was\s|of\s|nearly\s|over\s|:\s?){0,2}"
    rf"(?P<low>{_NUMBER})(?P<times>{_MULTIPLE})?(?![0-9a-z%.:/*-]*[0-9a-z%:/*-])"
    r"(?=\s*(?:$|[,.!?;)]|(?:for|and|but|on|in|to|instead|already|yesterday|today|last|back|with|by|plus|more"
    r"|extra)\b))"
)
_BOUGHT_FOR = re.compile(r"(?P<low>[0-9](?<![0-9.].)[0-9]{0,3}(?:\.[0-9]{1,2})?)(?P<times>[万kw])(?=买|入手)")


def amounts(sight: Sight) -> Iterator[Candidate]:
    """Amounts as ``199.50 CNY``, ranges as ``100-200 CNY``; no currency where only 花了 and the like say so."""
    text = sight.text
    if sight.kinds & MONEY:
        for match in _MARKED.finditer(text) if sight.kinds & DIGIT else ():
            mark = match["mark"]
            yield _amount(match, _MARKS.get(mark) or _UNITS[mark])
        yield from _counted(text)
    if sight.kinds & PAID:
        for hit in sight.of(PAID):
            bare_match = (_EN_BARE if hit.value.isascii() else _ZH_BARE).match(text, hit.end)
            if bare_match:
                yield _bare(bare_match)
    if sight.kinds & DIGIT and ("买" in text or "入手" in text):
        yield from (_bare(match) for match in _BOUGHT_FOR.finditer(text))


def _amount(match: re.Match[str], currency: str) -> Candidate:
    value = _value(match)
    return Candidate("amount", f"{value} {currency}", match.start(), match.start() + len(match[0].rstrip()))


def _value(match: re.Match[str]) -> str:
    times, high = (match["times"] or "").strip(), match["high"]
    if not high:
        return decimal(match["low"], times)
    high_times = (match["high_times"] or "").strip()
    return f"{decimal(match['low'], times or high_times)}-{decimal(high, high_times)}"


def _counted(text: str) -> Iterator[Candidate]:
    end = 0
    for place in _COUNTED.finditer(text):
        if place.start() < end:
            continue
        match = (
            _UNITED.match(text, place.start())
            or _SMALLER.match(text, place.start())
            or _CENTS.match(text, place.start())
        )
        if match and match[0] != "一块":
            end = match.end()
            yield _united(match)


def _united(match: re.Match[str]) -> Candidate:
    unit = match["unit"].strip()
    if match.re is not _UNITED:
        low = Decimal(decimal(match["low"])) / _SMALL.get(unit, 100)
        currency = "CNY" if unit in _SMALL else "GBP" if unit == "pence" else "USD"
        return Candidate("amount", f"{bare(low)} {currency}", match.start(), match.end())
    value = _value(match)
    if match["tenths"] and not match["high"]:
        value = bare(Decimal(value) + Decimal(decimal(match["tenths"])) / 10)
    currency = _UNITS.get(unit) or _MARKS[unit]
    return Candidate("amount", f"{value} {currency}", match.start(), match.end())


def _bare(match: re.Match[str]) -> Candidate:
    said = match.re.groupindex
    end = max(match.end(name) for name in ("low", "times", "high", "high_times") if name in said)
    value = _value(match) if "high" in said else decimal(match["low"], (match["times"] or "").strip())
    return Candidate("amount", value, match.start("low"), end, True)
