"""E-mail and IP addresses."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import AddressValueError, IPv6Address

from agents.understanding.personal.context import before
from agents.understanding.personal.spans import Hit, PersonalData, Recogniser, first_come

_LOCAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_MAX_LOCAL = 64

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_V4 = re.compile(rf"(?<![0-9A-Za-z.\x00_-]){_OCTET}(?:\.{_OCTET}){{3}}(?![0-9A-Za-z_]|\.[0-9\x00]|\s?[节章条版%元])")
_DOTTED = re.compile(r"\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
_COLONS = re.compile(":(?=[0-9a-f]{0,4}:)")
_DOT, _COLON = 4, 6
_FIGURES = frozenset("0123456789")
_MAX_OCTET = 3
_VERSION_BEFORE = re.compile(
    r"(?:\bver|version|firmware|\bios|android|\bbuild|\bsdk|\bapp|release|update|upgrad\w*(?: to)?|driver|chrome|"
    r"windows|kernel|patch"
    r"|版本|固件|系统|系統|升级|更新|驱动|内核|软件|客户端|浏览器|程序|插件|第)[^0-9]{0,6}\Z",
    re.ASCII,
)
_ADDRESS_BEFORE = re.compile(
    r"(?:\bip|address|地址|from|server|host|gateway|服务器|主机|网关|登录|登陆)[^0-9]{0,4}\Z", re.ASCII
)
_A_DIGIT = re.compile("[0-9]")
_V6 = re.compile(
    r"(?:(?<![0-9A-Za-z:.\x00])|(?<=[g-z\u3400-\u9fff]:))(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?=[^0-9A-Za-z:]|\Z))(?![0-9A-Za-z:])"
)


def _find_emails(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    return list(_emails(text))


def _find_addresses(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    four = _versions_4(low, [at for at, kind in hits if kind == _DOT])
    six = _versions_6(low, [at for at, kind in hits if kind == _COLON])
    return first_come("ip_address", [*four, *six]) if four or six else ()


def _emails(text: str) -> Iterator[PersonalData]:
    """Start from each @: the name before it is cut at 64 characters, as RFC 5321 has it."""
    end, at = 0, text.find("@")
    while at >= 0:
        name = text[max(end, at - _MAX_LOCAL) : at]
        start = at - len(name) + len(name.rstrip(_LOCAL))
        domain = _DOMAIN.match(text, at + 1)
        if domain and start < at:
            end = domain.end()
            yield PersonalData("email", start, end)
        at = text.find("@", max(end, at + 1))


def _versions_4(low: str, dots: Sequence[int]) -> list[tuple[int, int]]:
    """Where no word before says that it is the version of something; ``dots`` are the first in each."""
    found = []
    for dot in dots:
        begin = dot
        while begin and dot - begin < _MAX_OCTET and low[begin - 1] in _FIGURES:
            begin -= 1
        if begin < dot and (four := _V4.match(low, begin)) and not _is_version(before(low, begin)):
            found.append(four.span())
    return found


def _is_version(said: str) -> bool:
    return _VERSION_BEFORE.search(said) is not None and not _ADDRESS_BEFORE.search(said)


def _versions_6(low: str, colons: Sequence[int]) -> list[tuple[int, int]]:
    """Written with at least two groups and a digit, so that neither times nor scopes of programs count."""
    found, passed = [], 0
    for colon in colons:
        for begin in range(max(colon - 4, passed), colon + 1):
            if six := _V6.match(low, begin):
                passed = six.end()
                if _A_DIGIT.search(six[0]) and _is_version_6(six[0]):
                    found.append(six.span())
                break
    return found


def _is_version_6(written: str) -> bool:
    try:
        IPv6Address(written)
    except AddressValueError:
        return False
    return sum(group != "" for group in written.split(":")) > 1


def _dots_and_colons(low: str) -> list[Hit]:
    """The first dot of what may be four numbers, and each colon with another one near it."""
    has_dots, has_colons = low.count(".") > 2, low.count(":") > 1
    dots = [(dot.start(), _DOT) for dot in _DOTTED.finditer(low)] if has_dots else []
    if not has_colons:
        return dots
    return sorted(dots + [(colon.start(), _COLON) for colon in _COLONS.finditer(low)])


EMAILS = Recogniser(_find_emails, cues={"@": 0}, is_done_at_once=True)
IP_ADDRESSES = Recogniser(_find_addresses, sieve=_dots_and_colons)
