"""The language of a message is that of most of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understanding.language import Script, Spoken, detect, recognise


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的订单到哪了", "zh"),
        ("Where is my order?", "en"),
        ("iPhone 15 什么时候发货", "zh"),
        ("iPhone 15 Pro Max 有货吗", "zh"),
        ("Please translate 退货 for me", "en"),
        ("What does 包邮 mean", "en"),
        ("ＷＨＥＲＥ ＩＳ ＭＹ ＯＲＤＥＲ", "en"),
        ("Où est ma commande", "en"),
        ("退款", "zh"),
        ("ok", "en"),
        ("12345", "zh"),
        ("？？？", "zh"),
        ("😀", "zh"),
        ("", "zh"),
        ("Где мой заказ", "en"),
        ("𠮷野家", "zh"),
    ],
)
def test_language_of_a_message(text: str, language: str) -> None:
    assert detect(text) == language


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_has_a_language(text: str) -> None:
    assert detect(text) in ("zh", "en")


@pytest.mark.parametrize(
    ("text", "language", "script"),
    [
        ("我的包裹什么时候到", "zh", "simplified"),
        ("我的包裹什麼時候到", "zh", "traditional"),
        ("退货", "zh", "simplified"),
        ("我要退貨，谢谢你们", "zh", "mixed"),
        ("好吃", "zh", "simplified"),
        ("iPhone 15 什么时候发货", "zh", "simplified"),
        ("Please translate 退货 for me", "en", "simplified"),
        ("where is my order", "en", "none"),
        ("ok", "en", "none"),
        ("no", "en", "none"),
        ("die for it", "en", "none"),
        ("i have a question about my café order", "en", "none"),
        ("12345", "zh", "none"),
        ("", "zh", "none"),
        ("注文番号は何ですか?", "other", "none"),
        ("배송이 언제 오나요", "other", "none"),
        ("Где мой заказ", "other", "none"),
        ("متى يصل طلبي", "other", "none"),
        ("สินค้าของฉันอยู่ที่ไหน", "other", "none"),
        ("Où est ma commande", "other", "none"),
        ("Wo ist meine Bestellung?", "other", "none"),
        ("¿Dónde está mi pedido?", "other", "none"),
        ("Dov'è il mio ordine", "other", "none"),
        ("Onde está o meu pedido?", "other", "none"),
        ("Waar is mijn pakket", "other", "none"),
        ("Siparişim nerede", "other", "none"),
        ("Gdzie jest moje zamówienie", "other", "none"),
        ("Tôi muốn trả hàng", "other", "none"),
        ("merci", "other", "none"),
    ],
)
def test_languages_that_the_desk_does_not_speak_are_recognised(text: str, language: Spoken, script: Script) -> None:
    recognised = recognise(text)
    assert (recognised.language, recognised.script) == (language, script)


def test_shares_of_a_mixed_text() -> None:
    shares = recognise("iPhone 15 什么时候发货").shares
    assert shares.zh == pytest.approx(6 / 7)
    assert shares.en == pytest.approx(1 / 7)


@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_is_recognised(text: str) -> None:
    recognised = recognise(text)
    zh, en, other = recognised.shares
    assert zh + en + other == pytest.approx(1) or zh == en == other == 0
    assert (recognised.language == "other") == (other > max(zh, en))
