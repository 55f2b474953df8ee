"""Whether a word is denied where it stands: 我没有胸痛, no chest pain, neither fever nor cough. In doubt it is not."""

import re

REACH_ZH, REACH_EN = 5, 24
"""Characters over which a denial reaches; in a list with 、 or ``or`` it goes on."""
LOOK_BACK = 80
"""Characters before a word in which a denial is looked for."""

_CLAUSE = re.compile(
    r"[。！？!?;；\n]|但|不过|可是|然而|却|就是|只是|[,，](?![^,，。]{0,16}(?:或|\bor\b|\bnor\b))"
    r"|\b(?:but|however|although|though|because|so|just|only)\b"
)
"""Where a denial ends."""
_DENIES = re.compile(
    r"没有?(?!想到|办法|法|钱|人|用|药|力气|知觉|意识|反应|回应|动静|呼吸|脉搏)"
    r"|不(?![能停断止得知行了舒适好对清想活管要仅光但然如同敢住省吃动醒])|不[要用想]|不需要|不曾"
    r"|未(?=[见曾有])|并非|否认|排除|(?<![特级区类性个差分])别(?![人的处说扭])|勿|无(?=[胸头发明])"
    r"|\b(?:no|not|never|without|nor|neither|denies|denied|rule[sd]? out|rather than)\b|n't\b"
)
_DENIES_NOTHING = re.compile(
    r"不是(?:说)?[没不]|并非[没不]|没有不|([\u4e00-\u9fff])[不没]\1|有没有|要不(?!要)"
    r"|不知道?|不确定|说不定|"
    r"差不多|动不动|再不|如果不|要是不|若不|不然|否则|不停|不断|一直不"
    r"|\bunless\b|\bif\b|\bnot (?:only|just|sure|without|that i don't)\b|\bis(?:n't| there no)\b|\bwhy\b"
    r"|\bdon't (?:know|understand)\b|\bno idea\b"
)
_LISTED = re.compile(r"[、和或及与/]|\b(?:or|nor)\b")


def denies(text: str) -> bool:
    """Whether anything is denied in a plain text."""
    return _DENIES.search(_DENIES_NOTHING.sub("", text)) is not None


def denied(text: str, start: int) -> bool:
    """Whether what begins at ``start`` of a plain text is denied in its clause."""
    first = max(0, start - LOOK_BACK)
    begin = max((border.end() for border in _CLAUSE.finditer(text, first, start)), default=first)
    clause = text[begin:start]
    denials = list(_DENIES.finditer(clause))
    if not denials or _DENIES_NOTHING.search(clause):
        return False
    last = denials[-1]
    between = clause[last.end() :]
    reach = REACH_EN if last[0].isascii() else REACH_ZH
    return len(between) <= reach or bool(_LISTED.search(between))
