"""Stock and prices are filled in when it is answered, with their age; what is old or missing is said to be."""

import msgspec
import pytest

from agents.knowledge.filled import age, filled
from schemas import times
from schemas.operations import Article

NOW = 1_772_442_930.0
KETTLE = Article(
    article_id="kettle.en",
    language="en",
    title="Kettle",
    text="It costs {price} yuan; {stock} in stock.",
    values={"price": "199.00", "stock": "0"},
    as_of=times.rfc3339(NOW - 200),
    stale_after_s=900.0,
)


def changed(**fields: object) -> Article:
    return msgspec.structs.replace(KETTLE, **fields)


def test_values_are_filled_in_with_their_age() -> None:
    assert filled(KETTLE, NOW).text == "It costs 199.00 yuan; 0 in stock. (as of 3 minutes ago)"
    zh = changed(language="zh", text="售价{price}元，现货{stock}件。")
    assert filled(zh, NOW).text == "售价199.00元，现货0件。（3 分钟前的数据）"


def test_a_text_may_say_the_age_itself() -> None:
    said = changed(text="{stock} in stock {age}, and {age} it was {price} yuan.")
    assert filled(said, NOW).text == "0 in stock 3 minutes ago, and 3 minutes ago it was 199.00 yuan."


def test_values_are_as_old_as_the_last_reading_of_their_source() -> None:
    assert filled(KETTLE, NOW, read_at=NOW - 5).text.endswith("(as of just now)")
    assert filled(KETTLE, NOW, read_at=NOW - 500).text.endswith("(as of 3 minutes ago)")


def test_stale_values_are_said_to_be_so() -> None:
    stale = filled(KETTLE, NOW + 7200)
    assert stale.text.startswith("It costs 199.00 yuan; 0 in stock. (This was so 2 hours ago and may have changed")
    assert "可能已有变化" in filled(changed(language="zh"), NOW + 7200).text
    assert "2 hours ago" in filled(changed(text="{stock} in stock {age}."), NOW + 7200).text


def test_a_value_that_is_not_there_is_unknown_and_never_made_up() -> None:
    lost = changed(values={"price": "199.00"})
    assert filled(lost, NOW).text == "It costs 199.00 yuan; not known at the moment in stock. (as of 3 minutes ago)"


def test_without_values_or_places_an_article_stays_as_it_is() -> None:
    for article in (changed(values={}), changed(text="A kettle.")):
        assert filled(article, NOW) is article


def test_a_title_may_hold_values_too_and_is_not_aged() -> None:
    assert filled(changed(title="Kettle, {price} yuan"), NOW).title == "Kettle, 199.00 yuan"


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (-5, "just now", "刚刚"), (0, "just now", "刚刚"), (59.9, "just now", "刚刚"),
        (60, "1 minute ago", "1 分钟前"), (3599, "59 minutes ago", "59 分钟前"), (3600, "1 hour ago", "1 小时前"),
        (86_399, "23 hours ago", "23 小时前"), (86_400, "1 day ago", "1 天前"), (864_000, "10 days ago", "10 天前"),
    ],
)  # fmt: skip
def test_an_age_is_in_words(seconds: float, en: str, zh: str) -> None:
    assert (age(seconds, "en"), age(seconds, "zh")) == (en, zh)
