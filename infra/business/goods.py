"""What the sample shop sells: number, names, price in cents, and whether it can be returned only when faulty."""

from typing import NamedTuple


class Product(NamedTuple):
    sku: str
    english: str
    chinese: str
    price: int
    excluded: bool = False


PRODUCTS = (
    Product("headphones", "wireless headphones", "无线耳机", 39_900),
    Product("phone-case", "phone case", "手机壳", 4_900),
    Product("kettle", "electric kettle", "电热水壶", 12_900),
    Product("t-shirt", "T-shirt", "T恤", 9_900),
    Product("shoes", "leather shoes", "皮鞋", 45_900),
    Product("trainers", "running shoes", "跑鞋", 59_900),
    Product("jacket", "jacket", "外套", 32_900),
    Product("keyboard", "mechanical keyboard", "机械键盘", 28_900),
    Product("lamp", "desk lamp", "台灯", 15_900),
    Product("backpack", "backpack", "双肩包", 19_900),
    Product("socks", "socks", "袜子", 2_900, excluded=True),
    Product("lipstick", "lipstick", "口红", 18_900, excluded=True),
)
BY_SKU = {product.sku: product for product in PRODUCTS}
