"""Weather of some cities: the month's climate with a swing that follows from place and day, so it never changes."""

import datetime
import hashlib
from typing import Any

from infra.business.refusals import Malformed, Refusal

CITIES: dict[str, tuple[str, int, int]] = {
    "beijing": ("北京", -4, 26),
    "shanghai": ("上海", 5, 28),
    "guangzhou": ("广州", 14, 29),
    "shenzhen": ("深圳", 15, 29),
    "hangzhou": ("杭州", 4, 29),
    "chengdu": ("成都", 6, 26),
    "wuhan": ("武汉", 4, 29),
    "nanjing": ("南京", 3, 28),
    "xian": ("西安", 0, 27),
    "chongqing": ("重庆", 8, 29),
    "tianjin": ("天津", -3, 27),
    "suzhou": ("苏州", 4, 28),
    "harbin": ("哈尔滨", -18, 23),
    "kunming": ("昆明", 9, 20),
    "hong kong": ("香港", 16, 29),
    "london": ("伦敦", 5, 18),
    "new york": ("纽约", 0, 25),
    "singapore": ("新加坡", 26, 28),
    "tokyo": ("东京", 5, 27),
    "berlin": ("柏林", 1, 19),
}
"""English name: Chinese name, mean temperature of January and of July in °C."""
_NAMES = {chinese: english for english, (chinese, _, _) in CITIES.items()}
SKIES = (("sunny", "晴"), ("cloudy", "多云"), ("overcast", "阴"), ("light rain", "小雨"), ("windy", "有风"))


def weather(place: str, day: str, today: str, language: str) -> dict[str, Any]:
    """Lows and highs in °C of a day, such as 2026-03-02; today when empty. Raises Refusal, Malformed."""
    name = place.strip().removesuffix("市").casefold().replace("'", "")
    english = _NAMES.get(name, name)
    if english not in CITIES:
        raise Refusal("unknown_place")
    try:
        date = datetime.date.fromisoformat(day or today)
    except ValueError:
        raise Malformed("day must be a date such as 2026-03-02") from None
    chinese, january, july = CITIES[english]
    luck = hashlib.blake2b(f"{english} {date}".encode(), digest_size=2).digest()
    mean = january + (july - january) * (6 - abs(date.month - 7)) / 6 + luck[0] % 7 - 3
    sky = SKIES[luck[1] % len(SKIES)]
    said = (chinese, sky[1]) if language == "zh" else (english.title(), sky[0])
    return {"place": said[0], "summary": said[1], "low": round(mean - 4), "high": round(mean + 4)}
