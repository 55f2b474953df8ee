"""Postal addresses in Chinese: from the province to the room, as far as they are told."""

import re
from collections.abc import Sequence
from functools import cache

from agents.understanding.personal.spans import Hit, PersonalData, Recogniser, around, first_come, standing
from agents.understanding.width import simplified

_HAN = "\u3400-\u9fff"
_NUMBER = r"(?:[0-9]{1,5}(?:[-之][0-9]{1,4})?|[A-Za-z][0-9]{0,4}|[一二三四五六七八九十百零〇]{1,5})"
_ROAD = (
    r"(?:(?<![线电网思套走赶半迷铁])路|街|大道|(?<=[\u3400-\u9fff]{2})(?<![味知频通跑渠管报地轨隧赛色])道(?=\s?[0-9])|国道|省道|县道|[一二三四五六七八九十]道|巷|胡同|"
    r"弄)(?:[东南西北中][段路]?|段)?"
)
_ESTATE = (
    r"(?:小区|社区|花园|家园|公寓|大厦|大楼|广场|[苑庄湾府墅邸居庭轩]|[新山]?村|工业[区园]|[产科][业技]园|园区|"
    r"[花名]城|宿舍|国际|中心|大学|学院|[镇乡屯]|街道)"
)
_UNIT = r"(?:号楼|号院|号店|号|弄|栋|幢|座|单元|楼|层|室|房|组|队)"
_TAIL = re.compile(
    rf"(?:{_ROAD}\s?{_NUMBER}\s?(?:号楼|号院|号|弄|栋|幢|座)|{_ESTATE}(?:[东南西北]区|"
    rf"[一二三四五六七八九十0-9A-Z]+[期区])?\s?{_NUMBER}\s?{_UNIT})(?![码线召])"
)
_MORE = re.compile(
    rf"(?:[\s,，、-]?(?:[A-Za-z]{{0,8}}[{_HAN}]{{1,12}}?(?:大厦|大楼|广场|中心|花园|小区|公寓|苑|城|园|商场|银行|"
    rf"酒店|学校|医院|宿舍|国际)[东南西北]?(?:[区楼座塔])?|[A-Za-z0-9一二三四五六七八九十]{{1,3}}[期区])?[\s-]?"
    rf"{_NUMBER}\s?(?:号楼|号院|号|弄|栋|幢|座|单元|楼|层|室|房|户|#|门)(?![码线召])"
    rf"|[\s,，]?[{_HAN}]{{2,12}}?(?:大厦|大楼|广场|花园|小区|公寓|商场|酒店|国际中心|宿舍)"
    r"|[\s-]?[0-9]{2,4}(?:[室房]|(?![0-9A-Za-z年月日元块天个件分点号次])(?=\W|\Z)))"
)
_LEFT = 44
_TURNED = "[改换变写填设选更][改换变动新写寄送]?[成为到在至往]"
"""How an address is set: 改成, 更新为, 填写到."""
_START = re.compile(
    rf"(?:[^{_HAN}0-9A-Za-z\s,，-]|(?<![省市区县州盟旗镇乡道路街村])[\s,，-]|"
    r"[地住]址|位置|[寄送发运]至|[在到是为往给的我您你他她它们了吧请叫住呢吗呀啊哈]|"
    rf"{_TURNED}|改[寄送发]|从(?![化江])|填写|填的|写的|收件|"
    r"收货|配送|邮寄|快递|搬家|搬去|寄回|退回|送去|地点|公司|家里)"
)
_PROVINCE = re.compile(
    r"(?:北京|上海|天津|重庆)市?|(?:河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|"
    r"海南|四川|贵州|云南|陕西|甘肃|青海|台湾)省?"
    r"|(?:内蒙古|广西|西藏|宁夏|新疆)(?:[壮回维]\w{1,3})?(?:自治区)?|(?:香港|澳门)(?:特别行政区)?"
    r"|(?:广州|深圳|杭州|南京|苏州|成都|武汉|西安|长沙|郑州|青岛|济南|合肥|福州|厦门|宁波|无锡|佛山|东莞|沈阳|大连|"
    r"哈尔滨|长春|昆明|贵阳|南宁|南昌|太原|石家庄|兰州|温州|珠海|海口|常州|徐州|烟台|泉州|嘉兴|绍兴|金华|台州|中山|"
    r"惠州)市"
)
_DIVISION = re.compile(rf"[{_HAN}]{{2,7}}(?:省|自治区|市|[^小社园校]区|县|旗|镇|乡)")
_STREET = re.compile(
    rf"[{_HAN}]{{2,8}}?{_ROAD}\s?{_NUMBER}\s?(?:号|弄)|[{_HAN}]{{2,}}(?:小区|花园|家园|公寓|大厦|"
    rf"[苑庄湾府墅邸居庭轩]|新村|宿舍|大楼)"
)
_GENERIC = re.compile(
    r"[这那哪某几每一]{1,2}[条个座栋](?:路|街|大道|巷|胡同|弄|村|小区)|"
    r"(?:这个?|那个?|哪个?|某个?|本|贵|几|每个?|各个?|我们|你们)?"
    r"(?:小区|社区|街道|公寓|大厦|大楼|广场|宿舍|国际|中心|大学|学院|购物中心|服务中心|客服中心|活动中心|物流中心|"
    r"会员中心|个人中心)"
)
_CUE = re.compile(
    r"(?:地址|住址|收货地(?!址)|寄到|送到|发到|住在|家住)"
    rf"(?:是在|{_TURNED}了?|填写?的?是?|写的?是?|是|为|在|[:：\s]){{0,4}}"
    rf"([{_HAN}0-9A-Za-z][{_HAN}0-9A-Za-z #-]{{5,60}})"
)
_UNITS = (*"号栋幢座弄楼层室房组队號棟樓層", "单元", "單元")
_TRADITIONAL = re.compile("[號樓層區縣鎮鄉園廈郵編]")
_ANNOUNCING = ("地址", "住址", "收货地", "收貨地", "寄到", "送到", "发到", "發到", "住在", "家住")
_CODES = ("邮编", "邮政编码", "郵編", "郵政編碼")
_UNIT_WORD, _ANNOUNCING_WORD, _CODE_WORD = range(3)
_BEFORE_UNIT = frozenset("0123456789abcdefghijklmnopqrstuvwxyz一二三四五六七八九十百零〇")
_HEAD = re.compile(
    r"[路街道巷同弄区社园寓厦楼场苑庄湾府墅邸居庭轩村城舍际心学院镇乡屯]"
    r"(?=[\s0-9A-Za-z一二三四五六七八九十百零〇东南西北中段])"
)
"""Where a road's or an estate's last character stands, with what comes after it before its number."""
_HEAD_SIZES = (2, 1, 0)
"""How many characters of it may stand before that."""
_PART = re.compile(rf"[{_HAN}]{{2}}(?:省|市|区|县|镇|乡|村|路|街|道|巷|号|栋|幢|室|楼|弄|组|苑|园)")
_SENTENCE = re.compile(
    rf"{_TURNED}|[吗呢吧了么]|怎么|什么|可以|能不能|是否|没有|已经|请|谢谢|麻烦|电话|手机|收件人|联系|邮编|订单|"
    r"快递|退款"
)
_POSTCODE = re.compile(r"(?:邮编|邮政编码|郵編|郵政編碼)(?:号|是|为|[:：\s]){0,3}([0-9]{6})(?![0-9])")


def _find(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    """Parts with a number, and what a word announces; traditional characters are read as simplified ones."""
    hits = [hit for hit in hits if hit[1] != _UNIT_WORD or _is_numbered(low, hit[0])]
    if not hits:
        return ()
    text = _in_simplified(text, low, hits)
    numbered = _numbered(text, low, hits)
    announced = _announced(text, hits)
    codes = [code.span(1) for code in standing(_POSTCODE, text, hits, _CODE_WORD)]
    return first_come("address", [*numbered, *announced, *codes]) if numbered or announced or codes else ()


def _is_numbered(low: str, unit: int) -> bool:
    before = low[unit - 1 : unit]
    return before in _BEFORE_UNIT or before.isspace()


def _in_simplified(text: str, low: str, hits: Sequence[Hit]) -> str:
    """``text`` with those texts of it simplified that have a hit and traditional characters."""
    pieces: list[str] = []
    done = passed = 0
    for at, _ in hits:
        if at >= passed:
            begin, passed = around(low, at)
            if _TRADITIONAL.search(text, begin, passed):
                pieces += [text[done:begin], text[begin:passed].translate(_simplified())]
                done = passed
    return "".join([*pieces, text[done:]]) if pieces else text


@cache
def _simplified() -> dict[int, str]:
    return str.maketrans(simplified())


def _numbered(text: str, low: str, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    done = 0
    for at, kind in hits:
        if kind == _UNIT_WORD and at > done:
            begin, done = around(low, at)
            found += _numbered_in(text, begin, done)
    return found


def _numbered_in(text: str, begin: int, done: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    end = passed = begin
    for head in _HEAD.finditer(text, begin, done):
        tail = _tail(text, head.start(), passed)
        if not tail:
            continue
        passed = tail.end()
        if tail.start() < end:
            continue
        start = _start(text, max(end, tail.start() - _LEFT), tail.start())
        if _is_address(text[start : tail.end()], tail.start() - start):
            end = _end(text, tail.end())
            found.append((start, end))
    return found


def _tail(text: str, head: int, passed: int) -> re.Match[str] | None:
    """The tail whose road or estate ends at ``head``; what stands before ``passed`` belongs to the one before."""
    for size in _HEAD_SIZES:
        if head - size >= passed and (tail := _TAIL.match(text, head - size)):
            return tail
    return None


def _start(text: str, earliest: int, anchor: int) -> int:
    """After the last word that leads to an address, or at its province."""
    start = earliest
    for stop in _START.finditer(text, earliest, anchor):
        start = stop.end()
    province = _PROVINCE.search(text, start, anchor)
    return province.start() if province else start


def _end(text: str, end: int) -> int:
    for _ in range(6):
        more = _MORE.match(text, end)
        if not more:
            break
        end = more.end()
    return end


def _is_address(candidate: str, anchor: int) -> bool:
    """A division of the country, or a named road or estate with its number."""
    if _PROVINCE.match(candidate) or _DIVISION.match(candidate):
        return True
    return anchor >= 2 and _STREET.match(candidate) is not None and not _GENERIC.match(candidate)


def _announced(text: str, hits: Sequence[Hit]) -> list[tuple[int, int]]:
    found = []
    for cue in standing(_CUE, text, hits, _ANNOUNCING_WORD):
        candidate = _SENTENCE.split(cue[1], maxsplit=1)[0].rstrip()
        named = list(_PART.finditer(candidate))
        if len(named) >= 2:
            begin = cue.start(1)
            found.append((_start(text, begin, begin + named[0].end()), begin + len(candidate)))
    return found


CHINESE_ADDRESSES = Recogniser(
    _find,
    cues=dict.fromkeys(_ANNOUNCING, _ANNOUNCING_WORD) | dict.fromkeys(_CODES, _CODE_WORD),
    cues_by_digit=dict.fromkeys(_UNITS, _UNIT_WORD),
)
