"""Values for the slots of ``personal_phrases``: personal data in many ways of writing, and what looks like it.

Numbers come from the public formats; check digits are worked out here, not by the code under test.
"""

import random
from collections.abc import Callable

from tests.personal_phrases import CHINESE_NAMES, CHINESE_PLACES, ENGLISH_NAMES, ENGLISH_PLACES

Chance = random.Random
Maker = Callable[[Chance], str]
_CAPITALS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_MIXED = "abcdefghjkmnpqrstuvwxyz" + _CAPITALS + "23456789"
_MOBILE = (
    "130", "131", "133", "135", "136", "137", "138", "139", "150", "152", "155", "158", "159", "166", "176", "177",
    "180", "182", "186", "188", "189", "191", "198", "199",
)  # fmt: skip
_AREAS = (
    "010", "020", "021", "022", "023", "024", "025", "027", "028", "029", "0571", "0755", "0512", "0531", "0731",
)  # fmt: skip
_AMERICAN_AREAS = ("212", "415", "617", "312", "206", "303", "713", "404")
_COUNTIES = ("110105", "310115", "440305", "330106", "510104", "420111", "320583", "610113", "230103", "500112")
_ISSUERS = (
    ("622202", 19), ("621700", 19), ("622848", 19), ("621661", 19), ("622588", 16), ("4", 16), ("41", 16), ("51", 16),
    ("55", 16), ("2221", 16), ("37", 15), ("6011", 16), ("3530", 16), ("625", 16), ("955880", 19),
)  # fmt: skip
_MAIL_NAMES = ("zhang.san", "lily", "john_smith", "a.b+shop", "wang-wei", "QQuser", "x", "info.desk")
_MAIL_HOSTS = ("qq.com", "163.com", "gmail.com", "mail.example.co.uk", "corp-mail.com.cn", "outlook.com", "uni.edu")


def _digits(chance: Chance, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _letters(chance: Chance, count: int, of: str = _CAPITALS) -> str:
    return "".join(chance.choice(of) for _ in range(count))


def _wide(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) if character.isdigit() else character for character in text)


def _grouped(digits: str, sizes: tuple[int, ...], by: str) -> str:
    groups, start = [], 0
    for size in sizes:
        groups.append(digits[start : start + size])
        start += size
    return by.join(group for group in [*groups, digits[start:]] if group)


def _mobile(chance: Chance) -> str:
    digits = chance.choice(_MOBILE) + _digits(chance, 8)
    usual = [_grouped(digits, (3, 4), by) for by in (" ", "-", " - ", ".", "—", "\u3000", "\u00a0", "\u200b", "·")]
    others = [_grouped(digits, (3, 3), " "), _grouped(digits, (4, 3), "-"), _grouped(digits, (3,), " ")]
    rare = [_grouped(digits, (3, 4, 2), " "), " ".join(digits), "-".join(digits), _wide(digits)]
    code = chance.choice(["", "", "", "", "", "+86", "+86 ", "0086-", "(+86)", "86-"])
    return code + chance.choice([*[digits] * 6, *usual, *others, *rare])


def _landline(chance: Chance) -> str:
    area = chance.choice(_AREAS)
    local = chance.choice("2368") + chance.choice("2345678") + _digits(chance, 6)
    halves = f"{local[:4]} {local[4:]}"
    written = [
        f"{area}-{local}",
        f"({area}){local}",
        f"{area} {local}",
        f"（{area}）{local}",
        f"+86 {area[1:]} {halves}",
    ]
    return chance.choice([*written, _wide(f"{area}-{local}"), f"{area}-{halves.replace(' ', '-')}"])


def _american(chance: Chance) -> str:
    area, exchange, line = chance.choice(_AMERICAN_AREAS), f"4{_digits(chance, 2)}", _digits(chance, 4)
    by = chance.choice("-.")
    abroad = [f"+1 {area} {exchange} {line}", f"+1-{area}-{exchange}-{line}", f"+1 ({area}) {exchange}-{line}"]
    return chance.choice([*abroad, f"({area}) {exchange}-{line}", by.join([area, exchange, line])])


def _abroad(chance: Chance) -> str:
    three, four = _digits(chance, 3), _digits(chance, 4)
    return chance.choice(
        [
            f"+44 20 7946 0{three}",
            f"+44 7911 12{four}",
            f"+852 9{chance.choice('1235')}{chance.choice('2345')}{chance.choice('34')} {four}",
            f"+65 9{chance.choice('12345')}{three}{three}",
            f"+886 912 {three} {three}",
            f"+81 90-{chance.choice('23456789')}{three}-{four}",
            f"+61 412 {three} {three}",
        ]
    )


def _id_card(chance: Chance) -> str:
    born = f"{chance.randint(1940, 2015)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
    first = chance.choice(_COUNTIES) + born + _digits(chance, 3)
    checked = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(first)) % 11
    number = first + "10X98765432"[checked]
    sizes = chance.choice([(6, 8), (6, 4, 4), (3, 3, 4, 4)])
    grouped = [_grouped(number, sizes, chance.choice(" -")), " ".join(number)]
    return chance.choice([*[number] * 5, number.lower(), _wide(number), *grouped])


def _luhn(first: str) -> str:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(first))]
    return first + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def _card_digits(chance: Chance) -> str:
    start, length = chance.choice(_ISSUERS)
    return _luhn(start + _digits(chance, length - len(start) - 1))


def _bank_card(chance: Chance) -> str:
    digits = _card_digits(chance)
    sizes = (4, 6) if len(digits) == 15 else (4, 4, 4, 4)
    grouped = [_grouped(digits, sizes, by) for by in (" ", "-", "\u00a0")]
    return chance.choice([*[digits] * 4, *grouped, _wide(digits), _grouped(digits, (6,), " "), " ".join(digits)])


def _wrong_card(chance: Chance) -> str:
    digits = _card_digits(chance)
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


def _hong_kong(chance: Chance) -> str:
    letter, digits = _letters(chance, 1), _digits(chance, 6)
    weighted = sum(int(digit) * (7 - place) for place, digit in enumerate(digits))
    return f"{letter}{digits}({'0A987654321'[(36 * 9 + (ord(letter) - 55) * 8 + weighted) % 11]})"


def _passport(chance: Chance) -> str:
    return chance.choice(["E", "G", "EA", "EB"]) + _digits(chance, 7) + "1"


def _passport_abroad(chance: Chance) -> str:
    return chance.choice([_digits(chance, 9), _letters(chance, 2) + _digits(chance, 7), "M" + _digits(chance, 8)])


def _email(chance: Chance) -> str:
    name, host = chance.choice(_MAIL_NAMES) + _digits(chance, chance.randrange(6)), chance.choice(_MAIL_HOSTS)
    return chance.choice([f"{name}@{host}", f"{name}@{host}", f"{name}＠{host}", f"{name}@{host.upper()}"])


def _ip(chance: Chance) -> str:
    four = ".".join(str(chance.randint(11, 254)) for _ in range(4))
    six = [f"{chance.randrange(0x1000, 0x10000):x}" for _ in range(8)]
    short = [f"2001:db8:{six[0]}::{chance.randrange(1, 99)}", f"fe80::{six[0]}:{six[1]}:1"]
    return chance.choice([four, four, four, *short, ":".join(["2a00", *six[1:]])])


def _plate(chance: Chance) -> str:
    head, city = chance.choice("京沪粤浙苏川鄂津渝冀豫鲁皖湘闽赣辽"), _letters(chance, 1, "ABCDEFGH")
    old = [_letters(chance, 1) + _digits(chance, 4), _digits(chance, 5), _digits(chance, 3) + _letters(chance, 2)]
    electric = [_letters(chance, 1, "DF") + _digits(chance, 5), _digits(chance, 5) + _letters(chance, 1, "DF")]
    return head + chance.choice(["", "", "·", " "]).join([city, chance.choice(old + electric)])


def _password(chance: Chance) -> str:
    plain = [_letters(chance, 5, _MIXED[:23]) + _digits(chance, 3), "P@ss" + _digits(chance, 4)]
    return chance.choice([*plain, "Zx9!" + _letters(chance, 6, _MIXED), _letters(chance, 4) + "@" + _digits(chance, 4)])


def _key(chance: Chance) -> str:
    long = _letters(chance, 40, _MIXED)
    begun = ["sk-" + long, "ghp_" + long[:36], "AIza" + long[:35], "sk_live_" + long[:24], "AKIA" + long[:16].upper()]
    return chance.choice([*begun, f"xoxb-{_digits(chance, 11)}-{long[:20]}"])


def _date(chance: Chance) -> str:
    year, month, day = chance.randint(2019, 2027), chance.randint(1, 12), chance.randint(1, 28)
    two = f"{month:02}", f"{day:02}"
    written = [by.join([str(year), *two]) for by in ("-", "", ".")]
    clock = ":".join(f"{chance.randrange(60) % limit:02}" for limit in (24, 60, 60))
    return chance.choice([*written, f"{written[0]} {clock}", f"{year}/{month}/{day}", f"{year}年{month}月{day}日"])


def _order(chance: Chance) -> str:
    like_mobile = "1" + chance.choice("3578") + _digits(chance, 9)
    grouped = f"{_digits(chance, 3)}-{_digits(chance, 7)}-{_digits(chance, 7)}"
    coded = [f"KF-{_digits(chance, 8)}", f"{_letters(chance, 2)}{_digits(chance, 12)}"]
    by_day = f"20260{chance.randint(101, 930)}{_digits(chance, 10)}"
    return chance.choice([by_day, _digits(chance, 19), *coded, like_mobile, _luhn("62" + _digits(chance, 16)), grouped])


def _parcel(chance: Chance) -> str:
    return chance.choice(["SF", "YT", "JD", "ZTO", "STO", "JDVA"]) + "1" + chance.choice("3578") + _digits(chance, 10)


def _product(chance: Chance) -> str:
    short = [f"{_letters(chance, 3)}-{_digits(chance, 4)}", f"X{_digits(chance, 3)}-Pro"]
    return chance.choice([*short, _letters(chance, 1) + _digits(chance, 8), _letters(chance, 2) + _digits(chance, 6)])


def _started(start: str, *counts: int) -> Maker:
    """One of the characters of ``start``, where there are any, and as many digits as one of ``counts`` says."""
    return lambda chance: (chance.choice(start) if start else "") + _digits(chance, chance.choice(counts))


def _one_of(*values: str) -> Maker:
    return lambda chance: chance.choice(values)


_PERSONAL: dict[str, tuple[str, Maker]] = {
    "mobile": ("phone", _mobile),
    "landline": ("phone", _landline),
    "foreign": ("phone", lambda chance: chance.choice((_american, _abroad))(chance)),
    "id": ("id_card", _id_card),
    "hkid": ("id_card", _hong_kong),
    "card": ("bank_card", _bank_card),
    "passport": ("passport", _passport),
    "passport_abroad": ("passport", _passport_abroad),
    "hk_permit": ("permit", _started("HM", 8, 10)),
    "cn_permit": ("permit", _started("CW", 8)),
    "tw_permit": ("permit", _started("LT", 8)),
    "email": ("email", _email),
    "ip": ("ip_address", _ip),
    "plate": ("licence_plate", _plate),
    "secret": ("secret", _password),
    "key": ("secret", _key),
    "code": ("secret", _started("", 4, 6)),
    "name_zh": ("name", _one_of(*CHINESE_NAMES)),
    "name_en": ("name", _one_of(*ENGLISH_NAMES)),
    "address_zh": ("address", _one_of(*CHINESE_PLACES)),
    "address_en": ("address", _one_of(*ENGLISH_PLACES)),
}
_OTHER: dict[str, Maker] = {
    "order": _order,
    "parcel": _parcel,
    "price": lambda chance: f"{chance.randint(1, 9999)}{chance.choice(['', '.5', '.99', '.00'])}",
    "date": _date,
    "time": lambda chance: f"{chance.randrange(24)}:{chance.randrange(60):02}",
    "quantity": lambda chance: str(chance.randint(1, 500)),
    "version": lambda chance: ".".join(str(chance.randint(0, 20)) for _ in range(chance.choice((3, 4)))),
    "product": _product,
    "barcode": lambda chance: "69" + _digits(chance, 11),
    "stamp": lambda chance: "17" + _digits(chance, chance.choice((8, 11))),
    "wrong_card": _wrong_card,
    "service": _one_of("400-820-8820", "95588", "12306", "400 610 0000", "10086", "800-820-8820"),
}


VALUES: dict[str, tuple[str, Maker]] = {**_PERSONAL, **{slot: ("", make) for slot, make in _OTHER.items()}}
"""For each slot the type of its values, nothing where they are not personal, and how they are made."""
