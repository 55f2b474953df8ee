"""What the business rules say no with: a code for programs, a sentence for people, and the HTTP status."""

SENTENCES: dict[str, tuple[int, str, str]] = {
    "not_found": (404, "There is no such order.", "没有找到这个订单。"),
    "not_yours": (403, "This order belongs to another customer.", "这个订单不属于您的账户。"),
    "too_late": (409, "The time for this has passed.", "已经超过可以办理的期限。"),
    "already_returned": (409, "These items are already being returned or exchanged.", "这些商品已经在退换货中。"),
    "already_shipped": (409, "The order has been shipped already.", "订单已经发货。"),
    "already_changed": (409, "The address has been changed once already.", "收货地址已经修改过一次。"),
    "already_invoiced": (409, "The order has been invoiced to another title.", "订单已经按另一个抬头开过发票。"),
    "not_delivered": (409, "The order has not been delivered yet.", "订单还没有签收。"),
    "not_returnable": (409, "These items can be returned only when faulty.", "这些商品没有质量问题不能退。"),
    "cancelled": (409, "The order was cancelled.", "订单已经取消。"),
    "unknown_item": (409, "The order holds no such item.", "订单里没有这件商品。"),
    "unknown_place": (404, "The weather of this place is not known.", "没有这个地方的天气。"),
}


class Refusal(Exception):
    """A rule says no. Raised before anything is written."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def status(self) -> int:
        return SENTENCES[self.code][0]

    def told(self, language: str) -> dict[str, str]:
        """The body of the answer, in ``zh`` or ``en``."""
        _, english, chinese = SENTENCES[self.code]
        return {"code": self.code, "message": chinese if language == "zh" else english}


class Malformed(Exception):
    """The request is not one that can be worked on; the text says what to change."""
