"""A Chinese question as pieces of meaning: known phrases where they stand, every other character as itself."""

import re
from collections.abc import Iterator
from functools import cache

import rjieba
from ahocorasick_rs import AhoCorasick, MatchKind

from agents.cache.phrases import Phrases, Told, packaged
from agents.understanding.entity.numerals import HAN, han_number
from agents.understanding.width import plain

_EITHER_OR = re.compile(r"(?!能不能|可不可|[了的])([\u4e00-\u9fff])[不没]\1")
"""包不包邮, 能不能: whether or not, which negates nothing."""
_COUNTED = re.compile(
    rf"([{HAN}]+)(?=[个件张码号折次元块天日月年周双台套人斤岁倍条只瓶盒包种级层楼届期成克米升寸吨瓦度代星颗份本部把款箱点分秒小星半]|公|毫|厘|英|工作)"
)
_OR_NOT = re.compile(r"(?<=[^要就])不[啊呀呢]?[?？!！ ]*$")
"""可以退不: whether or not, again."""
_VERB_TWICE = re.compile(r"([退换])货怎么\1")
_FEE_AS_ASKED = re.compile(r"(费用?|价格|价钱|押金|定金|金额)(?:要|需要|得|是)?多少(?![钱元块个张件天])")
_PIECE = re.compile(r"[a-z0-9]+(?:[.,:/%+&#-][a-z0-9]+)*[%+#]?|[^\s\w]|[^\W_]|_")
_SAYS_NOTHING = re.compile(r"[\s~～^「」『』“”\"'‘’·`*—…\u200b-\u200f\ufe0f]+|-(?![0-9])")
_STOPS = frozenset(",，.。!！?？;；、:：()（）[]【】<>《》\n|")
_WHETHER = re.compile(r"吗|(?<![什怎那这多要])么(?![\u4e00-\u9fff])|是否|是不是|([\u4e00-\u9fff])[不没]\1|能否|可否")


def pieces(text: str) -> list[Told]:
    """What the question says, in order, with a ``stop`` where a clause ends."""
    read = _OR_NOT.sub("", _EITHER_OR.sub(r"\1", plain(text)))
    read = _VERB_TWICE.sub(r"怎么\1货", _FEE_AS_ASKED.sub(r"\1多少钱", _COUNTED.sub(_digits, read)))
    table = packaged("zh").phrases
    found: list[Told] = []
    end = 0
    for _, start, stop in _automaton().find_matches_as_indexes(read):
        found += _between(read[end:start], table)
        found += table[read[start:stop]]
        end = stop
    return [*found, *_between(read[end:], table)]


def whether(text: str) -> bool:
    """Whether the question is one that yes or no answers, by its form."""
    read = plain(text)
    return bool(_WHETHER.search(read) or _OR_NOT.search(read))


def _digits(numeral: re.Match[str]) -> str:
    return numeral[1] if numeral[1] in ("一", "零", "千", "万", "百", "亿", "十") else str(han_number(numeral[1]))


def _between(text: str, table: Phrases) -> Iterator[Told]:
    """What stands between phrases: a character of the lexicon counts where it is a word by itself (的, not 目的)."""
    for word in rjieba.cut(text) if text else ():
        if len(word) == 1 and word in table:
            yield from table[word]
            continue
        for piece in _PIECE.findall(_SAYS_NOTHING.sub(" ", word)):
            yield from split(piece) if piece not in _STOPS else (Told("stop", ","),)


def split(piece: str) -> Iterator[Told]:
    """iphone15 and iphone 15 are one; a4 stays together."""
    parts = re.findall(r"[a-z]{2,}|[^a-z].*|[a-z][0-9].*", piece) if re.match(r"[a-z]{2,}[0-9]", piece) else [piece]
    return (Told("word", part) for part in parts)


@cache
def _automaton() -> AhoCorasick:
    phrases = [phrase for phrase in packaged("zh").phrases if len(phrase) > 1]
    return AhoCorasick(phrases, matchkind=MatchKind.LeftmostLongest)
