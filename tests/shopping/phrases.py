"""How shoppers put things, in Chinese and English; ``{n}`` is the order number, ``{p}`` the product."""

from collections.abc import Mapping, Sequence

Words = Mapping[str, Sequence[str]]

OPENINGS: Mapping[str, Words] = {
    "return": {
        "zh": (
            "我要退货", "我想退掉订单{n}", "你好，{p}想退货", "退货，订单号{n}", "帮我办一下{n}的退货",
            "这个{p}我想退", "想把{p}退了", "申请退货 {n}",
            "你好 我要退货 订单是{n}", "麻烦帮我退货", "东西我不要了，帮我退货", "{p}我要退",
        ),
        "en": (
            "I want to return this", "I'd like to return order {n}", "Hi, I want to return the {p}",
            "please start a return for {n}",
            "return order {n}", "how can I return my {p}? I want to return it", "I need to return the {p}",
            "I want to send it back, order {n}",
            "hello, return please", "I would like to return something I bought", "can you set up a return for {n}",
        ),
    },
    "exchange": {
        "zh": ("我要换货", "订单{n}我想换货", "{p}想换个颜色", "我想换货，{p}", "帮我换货 {n}", "你好，想换货"),
        "en": (
            "I want to exchange order {n}", "I'd like to exchange the {p}", "I want to exchange this",
            "please set up an exchange for {n}",
        ),
    },
    "order_status": {
        "zh": (
            "我的快递到哪了", "查一下订单{n}", "订单{n}到哪了", "{p}的快递到哪了", "帮我查下物流",
            "订单{n}什么状态",
        ),
        "en": (
            "Where is my order?", "where is my order {n}", "track my order {n} please", "order status",
            "what is the status of order {n}", "where's my {p}? please track my order",
        ),
    },
    "refund_status": {
        "zh": ("我的退款到哪了", "查一下{n}的退款进度", "订单{n}退款到账了吗", "退款进度"),
        "en": (
            "Where is my refund?", "refund status for {n}", "has my refund for {n} been approved",
            "any news on my refund request for {n}?",
        ),
    },
    "invoice": {
        "zh": ("我要开发票", "订单{n}帮我开张发票", "请给{n}开发票", "我想开票，订单{n}，要发票"),
        "en": (
            "I need an invoice", "I need an invoice for {n}", "please issue an invoice for order {n}",
            "invoice please, order {n}",
        ),
    },
    "address_change": {
        "zh": ("我想改收货地址", "订单{n}的地址填错了，能改吗", "帮我改一下{n}的收货地址", "改地址"),
        "en": (
            "I want to change the delivery address", "I entered the wrong address on {n}",
            "change address of order {n}", "I need a new delivery address for {n}",
        ),
    },
    "coupon": {
        "zh": ("我的优惠券用不了", "优惠码{c}报错", "{c}这个券不能用"),
        "en": ("My coupon doesn't work", "my code {c} doesn't work", "promo code {c} not accepted"),
    },
    "complaint": {
        "zh": ("我要投诉", "我要投诉快递员", "我想投诉"),
        "en": ("I want to make a complaint", "I'd like to complain", "I want to file a complaint"),
    },
}  # fmt: skip
REASONS: Mapping[str, Words] = {
    "quality": {
        "zh": ("质量问题", "质量太差了", "做工不好"),
        "en": ("poor quality", "quality problems", "the quality is bad"),
    },
    "damaged": {
        "zh": ("收到就破了", "破损了", "有划痕"),
        "en": ("it arrived damaged", "it is cracked", "it came scratched"),
    },
    "wrong_size": {
        "zh": ("尺码不合适", "太小了", "大了一码", "尺码不对"),
        "en": ("it doesn't fit", "too small", "it's too big", "wrong size"),
    },
    "wrong_item": {
        "zh": ("发错货了", "你们发错了", "收到的不是我买的"),
        "en": ("wrong item", "you sent the wrong item", "not what I ordered"),
    },
    "changed_mind": {
        "zh": ("不想要了", "不喜欢", "不需要了", "七天无理由"),
        "en": ("I changed my mind", "I don't like it", "don't need it", "no longer need it"),
    },
    "not_as_described": {
        "zh": ("和图片不一样", "跟描述不符"),
        "en": ("not as described", "it looks different", "different from the picture"),
    },
}  # fmt: skip
ANSWERS: Mapping[str, Words] = {
    "yes": {
        "zh": (
            "对", "是的", "好的", "嗯", "可以", "没错", "嗯嗯", "对的", "好", "确认", "行", "ok", "是这个",
            "好的，麻烦了", "没问题",
        ),
        "en": (
            "yes", "Yes please", "ok", "sure", "correct", "yep", "that's right", "go ahead", "yes, thanks", "y",
            "confirm", "yeah",
        ),
    },
    "no": {"zh": ("不是", "不对", "不是这个"), "en": ("no", "nope", "not that one", "no, that's wrong")},
    "cancel": {
        "zh": ("算了", "不弄了", "算了，不用了", "先不办了"),
        "en": ("never mind", "forget it", "cancel that", "stop, never mind"),
    },
    "wanted": {
        "zh": ("黑色的", "大一码的", "蓝色", "L码"),
        "en": ("a black one", "the next size up", "blue", "size L"),
    },
    "title": {
        "zh": ("个人", "个人就行", "上海云杉科技有限公司"),
        "en": ("personal", "just personal", "Northwind Trading Company"),
    },
    "tax": {"zh": ("没有", "91310000MA1FL4LR5X"), "en": ("none", "91310000MA1FL4LR5X")},
    "address": {
        "zh": ("上海市浦东新区张江路88号3栋502室", "北京市朝阳区建国路12号"),
        "en": ("12 High Street, London SW1A 1AA", "221 Baker Street, London NW1 6XE"),
    },
    "text": {
        "zh": ("快递员把包裹扔在门口就走了", "客服说好回电话，等了三天没人联系我", "送货的人态度很差还骂人"),
        "en": (
            "The courier threw my parcel over the fence", "Nobody called me back for three days",
            "the driver shouted at my mother",
        ),
    },
    "code": {"zh": ("{c}", "券码是{c}"), "en": ("{c}", "it is {c}", "the code is {c}")},
    "number": {
        "zh": ("{n}", "订单号{n}", "是{n}", "单号是 {n}"),
        "en": ("{n}", "it's {n}", "order {n}", "the number is {n}"),
    },
    "product": {"zh": ("{p}", "{p}那个", "买{p}的那单"), "en": ("the {p}", "{p}", "the one with the {p}")},
    "place": {"zh": ("第{z}个", "{d}", "选{d}"), "en": ("{d}", "the {o} one", "number {d}")},
    "all": {"zh": ("都退", "全部", "两个都退"), "en": ("both", "all of them", "both of them")},
    "right_order": {
        "zh": ("不是这个，是{n}", "说错了，是{n}", "不对，应该是{n}"),
        "en": ("no, it is {n}", "sorry, I meant {n}", "not that one, {n}"),
    },
    "lost": {"zh": ("我没看懂", "什么意思"), "en": ("what do you mean", "I don't get it")},
}  # fmt: skip
ASIDES: Words = {
    "zh": (
        "运费谁出？", "退款一般多久到账？", "你们几点上班？", "谢谢", "在吗", "快点啊", "能不能快一点",
        "对了，发票多久能开好",
    ),
    "en": (
        "Who pays for return shipping?", "How long does a refund take?", "What are your opening hours?", "thanks",
        "hello?", "hurry up please", "are you a robot?",
    ),
}  # fmt: skip
PLACES = {"zh": "一二三四五六七八九", "en": ("first", "second", "third", "fourth", "fifth")}

MEANT: Mapping[str, Words] = {
    "return": {"zh": ("办理退货",), "en": ("returning something",)},
    "exchange": {"zh": ("办理换货",), "en": ("exchanging something",)},
    "order_status": {"zh": ("查订单进度",), "en": ("where an order stands",)},
    "refund_status": {"zh": ("退款到哪一步了",), "en": ("how far a refund is",)},
    "invoice": {"zh": ("开发票",), "en": ("an invoice",)},
    "address_change": {"zh": ("修改收货地址",), "en": ("changing the address",)},
    "coupon": {"zh": ("优惠券用不了",), "en": ("a coupon that does not work",)},
    "complaint": {"zh": (), "en": ()},
}
"""What the desk calls a task where it asks which one is meant."""
