"""What stands round a number and says that it is something else: an order, a product, a price."""

import re

from agents.understanding.personal.spans import WALL

_BEFORE, _AFTER = 28, 24

_NOUN_WORDS = (
    "订单 定单 訂單 单号 單號 运单 快递 物流 包裹 流水 批次 货号 貨號 型号 型號 款号 编码 编号 条码 条形码 序列 工单 "
    "交易 凭证 发票 积分 "
    "退款单 商品 产品 优惠券 券码 order tracking track parcel shipment package invoice reference ref sku item product "
    "model "
    "serial transaction ticket case coupon voucher receipt barcode upc ean imei awb waybill part batch lot"
)
_NOUNS = tuple(_NOUN_WORDS.split())
_LINKS = (
    "号", "号码", "號", "號碼", "编号", "代码", "单", "单号", "序列", "id", "是", "为", "為", "number", "numbers", "no",
    "num", "nr", "code", "is", "was", "s",
)  # fmt: skip
_PRICES = (
    "¥", "￥", "$", "€", "£", "rmb", "cny", "usd", "价", "金额", "合计", "总计", "一共", "共计", "total", "price",
)  # fmt: skip
_SIGNS = " ：:#.()\"'“”=-"
_CODE_BEFORE = re.compile(
    rf"(?:{'|'.join(_NOUNS)})"
    r"(?:号码?|號碼?|编号|代码|单号?|序列|id|是|为|為|numbers?|no\b|num|nr|code|is|was|s\b|[ ：:#.()\"'“”=-])*\Z",
    re.ASCII,
)
_PRICE_BEFORE = re.compile(rf"(?:{'|'.join(map(re.escape, _PRICES))})[ :：是为]{{0,3}}\Z")
_ENDS = frozenset(word[-2:] for word in (*_NOUNS, *_LINKS, *_PRICES))
_LAST = frozenset(word for word in (*_LINKS, *_PRICES) if len(word) == 1)
_UNTIL_NUMBER = re.compile(r".*[0-9\n]", re.DOTALL)
_NEXT = frozenset(" .,，)(（\t\n元块圆美港欧%个件分条台斤公克就才是这为rRyYuUdDeEkKpP")
_GLUED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_GLUED_CUE = re.compile(r"(?:\A|[^a-z])(?:tel|phone|mobile|mob|cell|call|whatsapp|wechat|wx|vx|id|card|no|hp)[-.]?\Z")
_AFTER_PRICE = re.compile(
    r"\.[0-9]{1,2}(?![ -]?[0-9])|\s?(?:元|块|圆|美元|港币|欧元|%|(?:rmb|yuan|usd|dollars?|euros?|kg|pcs|units?)\b)"
    r"|个(?!人)|件(?!人)|分(?![机店公行局号])|条(?!码)|台(?![州湾北中南东胞山江])|斤|公斤|克(?!拉)",
    re.ASCII,
)
_AFTER_CODE = re.compile(
    r"[\s,，)]{0,2}(?:(?:(?:就|才)?是(?:我|你们)?的?|这个|这笔|这条|这单|为|\(|（)(?:订单|单号|运单|快递单?号?|"
    r"物流单?号?|货号|型号|工单|流水号)"
    r"|(?:is|was|as)\s(?:my|the|your|an?)\s(?:order|tracking|parcel|invoice|reference|serial|ticket|transaction))"
)
_WORD_BEFORE = r"(?<![0-9A-Za-z_]"
_CALL_BEFORE = re.compile(
    r"电话|電話|手机|手機|号码|號碼|联系|聯繫|致电|拨打|回电|热线|座机|固话|传真|短信|微信|来电|打给|打我|"
    rf"phone|mobile|reach|contact|dial|whatsapp|fax|text{_WORD_BEFORE}text)\b|ring{_WORD_BEFORE}ring)\b|"
    rf"hp{_WORD_BEFORE}hp)\b|tel{_WORD_BEFORE}tel)|cell{_WORD_BEFORE}cell)|call{_WORD_BEFORE}call)|"
    rf"sms{_WORD_BEFORE}sms)|number{_WORD_BEFORE}number)",
    re.ASCII,
)
"""Its branches begin with letters, so that most places are passed over at once."""


def before(low: str, start: int, since: int = 0) -> str:
    """What stands before ``start`` in small letters, since the last wall and not before ``since``."""
    begin = start - _BEFORE if start - _BEFORE > since else since
    wall = low.rfind(WALL, begin, start)
    return low[begin if wall < 0 else wall + 1 : start]


def is_something_else(text: str, low: str, span: tuple[int, int], since: int = 0) -> bool:
    """Whether the number at ``span`` is that of an order, parcel or product, or a price or quantity.

    Nothing before ``since`` counts: it belongs to what is claimed already.
    """
    start, end = span
    return _follows_code(text, low, start, since) or (text[end : end + 1] in _NEXT and _precedes_code(low, end))


def _follows_code(text: str, low: str, start: int, since: int) -> bool:
    """Two letters tell at once that most texts cannot; searching takes ten times as long."""
    if start <= since:
        return False
    said = before(low, start, since)
    if _is_glued(text, start, since):
        return not _GLUED_CUE.search(said)
    words = said.rstrip(_SIGNS)
    if words[-2:] not in _ENDS and words[-1:] not in _LAST:
        return False
    return bool(_CODE_BEFORE.search(said) or _PRICE_BEFORE.search(said))


def _is_glued(text: str, start: int, since: int) -> bool:
    last = text[start - 1]
    return last in _GLUED or (last == "-" and start - 2 >= since and text[start - 2 : start - 1] in _GLUED)


def _precedes_code(low: str, end: int) -> bool:
    following = low[end : end + _AFTER].partition(WALL)[0]
    return bool(_AFTER_PRICE.match(following) or _AFTER_CODE.match(following))


def says_phone(low: str, start: int, since: int = 0) -> bool:
    """Whether what stands before ``start`` announces a number to call."""
    said = before(low, start, since)
    number = _UNTIL_NUMBER.match(said)
    return _CALL_BEFORE.search(said[number.end() :] if number else said) is not None
