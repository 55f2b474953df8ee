"""Personal data is found in any script and width; prices, dates and order numbers are left alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.mask import mask
from agents.understanding.numbers import id_check_digit, is_luhn
from agents.understanding.personal.placeholders import normalised
from agents.understanding.personal.readable import readable

ID = "11010519491231002" + id_check_digit("11010519491231002")
CARD = "6222021234567890128"

FOUND = [
    ("我的电话13812345678请回电", "我的电话[PHONE_1]请回电"),
    ("手机１３８１２３４５６７８", "手机[PHONE_1]"),
    ("138-1234-5678", "[PHONE_1]"),
    ("打138 1234 5678吧", "打[PHONE_1]吧"),
    ("app版本3.2.1，IP:121.86.45.88", "app版本3.2.1，IP:[IP_ADDRESS_1]"),
    ("IP:fee5:34ac:e08c:1b55:66ee:d3bc:d0f4:1ae0", "IP:[IP_ADDRESS_1]"),
    ("寄到臺北市大安區復興南路一段390號2樓", "寄到[ADDRESS_1]"),
    ("香港九龍旺角彌敦道610號15樓", "[ADDRESS_1]"),
    ("座机0592-58344924", "座机[PHONE_1]"),
    ("+86 138 1234 5678，谢谢", "[PHONE_1]，谢谢"),
    ("(+86)13812345678", "[PHONE_1]"),
    ("8613812345678", "[PHONE_1]"),
    ("1 3 8 1 2 3 4 5 6 7 8", "[PHONE_1]"),
    ("电话幺三八一二三四五六七八", "电话[PHONE_1]"),
    ("138\u200b1234\u200b5678", "[PHONE_1]"),
    ("𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "[PHONE_1]"),
    ("1️⃣3️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "[PHONE_1]\ufe0f\u20e3"),
    ("13812345678,13912345678", "[PHONE_1],[PHONE_2]"),
    ("138 0013 8000 139 0013 9000", "[PHONE_1] [PHONE_2]"),
    ("座机010-62345678", "座机[PHONE_1]"),
    ("座机（010）62345678", "座机[PHONE_1]"),
    ("电话62345678", "电话[PHONE_1]"),
    ("call +44 20 7946 0958 please", "call [PHONE_1] please"),
    ("+1 (415) 555-2671", "[PHONE_1]"),
    ("reach me on 415 555 2671", "reach me on [PHONE_1]"),
    ("number 07911 123456", "number [PHONE_1]"),
    ("微信wx13812345678", "微信wx[PHONE_1]"),
    (f"身份证{ID}号", "身份证[ID_CARD_1]号"),
    (ID.lower(), "[ID_CARD_1]"),
    (f"{ID[:6]} {ID[6:14]} {ID[14:]}", "[ID_CARD_1]"),
    ("身份证110105491231002", "身份证[ID_CARD_1]"),
    ("HKID A123456(3)", "HKID [ID_CARD_1]"),
    ("我的证件A123456(3)", "我的证件[ID_CARD_1]"),
    ("my SSN is 078-05-1120", "my SSN is [ID_CARD_1]"),
    ("护照号E12345678", "护照号[PASSPORT_1]"),
    ("E12345678是我的护照号", "[PASSPORT_1]是我的护照号"),
    ("Passport No. AB1234567", "Passport No. [PASSPORT_1]"),
    ("回乡证H1234567801", "回乡证[PERMIT_1]"),
    ("港澳通行证：C12345678", "港澳通行证：[PERMIT_1]"),
    ("台胞证12345678", "台胞证[PERMIT_1]"),
    (f"卡号{CARD}", "卡号[BANK_CARD_1]"),
    ("卡号6222 0212 3456 7890 128", "卡号[BANK_CARD_1]"),
    ("4111-1111-1111-1111", "[BANK_CARD_1]"),
    ("4111111111111111 20元", "[BANK_CARD_1] 20元"),
    ("邮箱abc@qq.com我的", "邮箱[EMAIL_1]我的"),
    ("a.b+c@mail.example.co.uk", "[EMAIL_1]"),
    ("abc＠qq．com", "[EMAIL_1]"),
    ("电话 13812345678 邮箱 a@b.cn", "电话 [PHONE_1] 邮箱 [EMAIL_1]"),
    ("来自192.168.1.100的登录", "来自[IP_ADDRESS_1]的登录"),
    ("my IP is 2001:db8::8a2e:370", "my IP is [IP_ADDRESS_1]"),
    ("车牌京A12345", "车牌[LICENCE_PLATE_1]"),
    ("粤B·D12345的车", "[LICENCE_PLATE_1]的车"),
    ("寄到浙江省杭州市西湖区文三路478号A座1203室，谢谢", "寄到[ADDRESS_1]，谢谢"),
    ("我住朝阳区望京街10号院3号楼1502", "我住[ADDRESS_1]"),
    ("收货地址改成上海市浦东新区世纪大道100号", "收货地址改成[ADDRESS_1]"),
    ("收货地址改到上海市浦东新区世纪大道100号", "收货地址改到[ADDRESS_1]"),
    ("收货地址变更为杭州市西湖区文三路90号", "收货地址变更为[ADDRESS_1]"),
    ("地址换成上海市浦东新区世纪大道100号", "地址换成[ADDRESS_1]"),
    ("地址变成朝阳区建国路88号", "地址变成[ADDRESS_1]"),
    ("地址填成文三路90号", "地址填成[ADDRESS_1]"),
    ("地址改北京朝阳区建国路88号", "地址改[ADDRESS_1]"),
    ("地址是上海市浦东新区世纪大道100号", "地址是[ADDRESS_1]"),
    ("送到上海市浦东新区世纪大道100号", "送到[ADDRESS_1]"),
    ("改寄文三路90号", "改寄[ADDRESS_1]"),
    ("把收货地址从文三路90号改成建国路88号", "把收货地址从[ADDRESS_1]改成[ADDRESS_2]"),
    ("地址是广州市从化区河滨北路12号", "地址是[ADDRESS_1]"),
    ("change the address to 12 Baker Street", "change the address to [ADDRESS_1]"),
    ("address from 5 Elm Road to 12 Baker Street", "address from [ADDRESS_1] to [ADDRESS_2]"),
    ("邮编310000", "邮编[ADDRESS_1]"),
    ("ship to 123 Main St, Apt 4B, San Francisco, CA 94105", "ship to [ADDRESS_1]"),
    ("at Flat 3, 22 High Street, Manchester M1 4BT", "at [ADDRESS_1]"),
    ("PO Box 1234", "[ADDRESS_1]"),
    ("我叫张三，手机丢了", "我叫[NAME_1]，手机丢了"),
    ("我是王五，我的快递没收到", "我是[NAME_1]，我的快递没收到"),
    ("收件人：欧阳娜娜 电话13912345678", "收件人：[NAME_1] 电话[PHONE_1]"),
    ("姓名：阿依古丽·买买提", "姓名：[NAME_1]"),
    ("my name is john smith and i need help", "my name is [NAME_1] and i need help"),
    ("this is Mary Jones speaking", "this is [NAME_1] speaking"),
    ("Dear Mr. Brown", "Dear Mr. [NAME_1]"),
    ("我的密码是Abc@1234，帮我改", "我的密码是[SECRET_1]，帮我改"),
    ("验证码482913", "验证码[SECRET_1]"),
    ("use sk-abcdefghijklmnop1234", "use [SECRET_1]"),
    ("api key: 3f9a8b7c6d5e4f3a2b1c0d9e", "api key: [SECRET_1]"),
]

LEFT_ALONE = """
订单号20250131123456789
订单13812345678
13812345678是我的订单号
order number 4111111111111111
order #178-7565259-9678086
快递单号 6222021234567890128
SF1381234567890
JD13812345678
AB-13812345678
2025-01-31 12:30:59
20250131
¥13812345678
单价 13812345678.50
总价 13812345678 元
1,299.00元
138123456789
110105194912310021
4111111111111112
4901234567894
353012345678901
9400 1000 0000 0000 0000 00
116.407396,39.904200
iPhone 15 Pro Max 256GB
@所有人 user@host
400-820-8820
version 1.2.3.4
系统版本 10.0.1.1
12:30:45 std::vector aa:bb:cc:dd:ee:ff
满300减50，第2件半价
E12345678
通行证20240101到期
最新A15830版
3号楼电梯坏了，5号线停了
这条路3号前能通吗
从浙江省发货到江苏省要几天
a 20 minute drive, 3 days on the road, 100 Best Way to cook
我是高级会员
我是顾客，我是江苏的
我是华为手机
我是周五买的
我叫了外卖
收货人和电话都要改
my name is spelled wrong
I'm Very disappointed
Product name: Galaxy Buds
call me back
密码忘了
password: required
the key is broken
验证码收不到
1 2 3 4 5 6 7 8 9 10 11 12
""".strip().splitlines()

_PIECES = (
    "13812345678|138 1234 5678|1 3 8|010-62345678|+86|86|+|(|)|6222021234567890128|4111111111111111|1|４１１１|.5|¥|"
    "元|a@b.COM|@|订单|order |TEL|A|X-| |-|.|:|::|，|。|号|[PHONE]|[PHONE_1]|[NAME_3]|[|]|_|我叫|我是|张三|收件人：|"
    "姓名|李四|my name is |John Smith|this is | speaking|Mr |12 Main Street|文三路|478|杭州市|西湖区|地址：|寄到|栋|"
    "密码是|password: |Abc@123|token=|sk-abcdefghij0123456789|护照|E12345678|passport |HKID |A123456(3)|京A12345|"
    "1.2.3.4|192.168.1.1|fe80::1|zip |PO Box 12| is my order number|是我的订单号|call me |一三八|𝟏|①|·|İ|\x00"
)
PIECES = st.sampled_from([*_PIECES.split("|"), ID, "x" * 70, "\n", "\ud800"])
TEXTS = st.lists(PIECES, max_size=12).map("".join)
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=20_000)


@pytest.mark.parametrize(("text", "masked"), FOUND)
def test_personal_data_is_masked(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_numbers_and_words_are_left_alone(text: str) -> None:
    assert mask(text).text == text


def test_offsets_count_characters_of_the_original() -> None:
    text = "😀我的电话１３８１２３４５６７８和a@b.cn"
    found = mask(text).found
    assert [(data.type, text[data.start : data.end]) for data in found] == [
        ("phone", "１３８１２３４５６７８"),
        ("email", "a@b.cn"),
    ]


def test_a_value_keeps_its_placeholder_within_a_conversation() -> None:
    first = mask("电话13800138000，邮箱A@b.cn")
    later = mask("换成 138 0013 8000 或 13900139000，a@B.cn", first.values)
    assert later.text == "换成 [PHONE_1] 或 [PHONE_2]，[EMAIL_1]"
    assert later.values == {"[PHONE_1]": "138 0013 8000", "[PHONE_2]": "13900139000", "[EMAIL_1]": "a@B.cn"}


def test_a_number_that_somebody_wrote_is_not_given_to_another_value() -> None:
    assert mask("[PHONE_1] 13800138000").text == "[PHONE_1] [PHONE_2]"


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        ("phone", "+86 138-0013-8000", "１３８００１３８０００"),
        ("phone", "+86 10 6234 5678", "(010)62345678"),
        ("phone", "+1 (415) 555-2671", "415.555.2671"),
        ("id_card", ID.lower(), f"{ID[:6]} {ID[6:]}"),
        ("licence_plate", "京A·12345", "京a12345"),
        ("address", "123 Main St, Apt 4", "123 main st apt 4"),
        ("name", "John Smith", "john smith"),
    ],
)
def test_ways_of_writing_one_value_are_one(type_: str, one: str, other: str) -> None:
    assert normalised(type_, one) == normalised(type_, other)


def test_luhn_knows_a_wrong_digit() -> None:
    assert is_luhn("4111111111111111")
    assert not is_luhn("4111111111111112")


@given(ANY_TEXT | TEXTS)
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask(text)
    assert mask(once.text) == (once.text, (), {})


@given(ANY_TEXT | TEXTS)
def test_spans_are_in_order_within_the_text_and_do_not_overlap(text: str) -> None:
    found = mask(text).found
    edges = [0, *(edge for data in found for edge in (data.start, data.end)), len(text)]
    assert all(one <= other for one, other in pairwise(edges))
    assert all(data.start < data.end for data in found)


@given(ANY_TEXT | TEXTS)
def test_what_is_found_and_what_is_left_make_the_text(text: str) -> None:
    masked = mask(text)
    pieces, end = [], 0
    for data in masked.found:
        pieces += [text[end : data.start], f"[{data.type.upper()}_"]
        end = data.end
    rest = masked.text
    for piece in [*pieces, text[end:]]:
        assert piece in rest
        rest = rest[rest.index(piece) + len(piece) :]


@given(ANY_TEXT | TEXTS)
def test_a_readable_text_is_as_long_as_the_text(text: str) -> None:
    assert len(readable(text)) == len(text)
