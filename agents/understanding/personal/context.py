"""What stands round a number and says that it is something else: an order, a product, a price."""

import re

from agents.understanding.personal.readable import lowered, since_wall
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
_SINCE_NUMBER = re.compile(r"[^0-9\n]*\Z")
_NEXT = frozenset(" .,，)(（\t\n元块圆美港欧%个件分条台斤公克就才是这为rRyYuUdDeEkKpP")
_GLUED = re.compile(r"[A-Z_]-?\Z")
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
_CALL_BEFORE = re.compile(
    r"(?:电话|電話|手机|手機|号码|號碼|联系|聯繫|致电|拨打|回电|热线|座机|固话|传真|短信|微信|来电|打给|打我|"
    r"\btel|phone|mobile|\bcell|\bcall|\btext\b|reach|contact|\bring\b|dial|whatsapp|fax|\bsms|\bnumber|\bhp\b)",
    re.ASCII,
)


def before(text: str, start: int, since: int = 0) -> str:
    """The small letters of what stands before ``start``, since the last wall and not before ``since``."""
    return lowered(since_wall(text, max(start - _BEFORE, since), start))


def is_something_else(text: str, start: int, end: int, since: int = 0) -> bool:
    """Whether the number at ``text[start:end]`` is that of an order, parcel or product, or a price or quantity.

    Nothing before ``since`` counts: it belongs to what is claimed already.
    """
    return _follows_code(text, start, since) or (text[end : end + 1] in _NEXT and _precedes_code(text, end))


def _follows_code(text: str, start: int, since: int) -> bool:
    """Two letters tell at once that most texts cannot; searching takes ten times as long."""
    said = before(text, start, since)
    if _GLUED.search(text, max(start - 2, since), start):
        return not _GLUED_CUE.search(said)
    words = said.rstrip(_SIGNS)
    if words[-2:] not in _ENDS and words[-1:] not in _LAST:
        return False
    return bool(_CODE_BEFORE.search(said) or _PRICE_BEFORE.search(said))


def _precedes_code(text: str, end: int) -> bool:
    following = lowered(text[end : end + _AFTER]).partition(WALL)[0]
    return bool(_AFTER_PRICE.match(following) or _AFTER_CODE.match(following))


def says_phone(text: str, start: int, since: int = 0) -> bool:
    """Whether what stands before ``start`` announces a number to call."""
    said = _SINCE_NUMBER.search(before(text, start, since))
    return said is not None and _CALL_BEFORE.search(said[0]) is not None
