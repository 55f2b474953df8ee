"""Passwords, one-time codes and keys: after a word that announces them, or by the prefix of who issued them."""

import re
from collections.abc import Sequence

from agents.understanding.personal.spans import Hit, PersonalData, Recogniser, first_come, in_texts_with, kinds

_ISSUED = re.compile(
    r"(?<![0-9A-Za-z_\x00-])(?:"
    r"sk-[0-9A-Za-z_-]{16,200}|[prs]k_(?:live|test)_[0-9A-Za-z]{16,200}|A(?:KIA|SIA)[0-9A-Z]{16}"
    r"|gh[pousr]_[0-9A-Za-z]{20,255}|github_pat_[0-9A-Za-z_]{20,255}|glpat-[0-9A-Za-z_-]{16,100}"
    r"|xox[abeprs]-[0-9A-Za-z-]{10,200}|AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,255}|LTAI[0-9A-Za-z]{12,26}"
    r"|AKID[0-9A-Za-z]{16,40}|hf_[0-9A-Za-z]{20,100}|npm_[0-9A-Za-z]{20,100}|pypi-[0-9A-Za-z_-]{20,255}"
    r"|SG\.[0-9A-Za-z_-]{16,64}\.[0-9A-Za-z_-]{16,64}|dop_v1_[0-9a-f]{40,64}"
    r"|eyJ[0-9A-Za-z_-]{8,1000}\.eyJ[0-9A-Za-z_-]{8,2000}\.[0-9A-Za-z_-]{8,1000})"
)
_CUE = re.compile(
    r"(密码|密碼|口令|passwords?|passwd|passcode|\bpwd|\bpswd|\bpass(?=[ ]?[:：=])"
    r"|密钥|密鑰|秘钥|api[ _-]?keys?|app[ _-]?keys?|access[ _-]?keys?|secret(?:[ _-]?(?:key|id))?|私钥|(?:access |"
    r"api |auth |bearer )?token|令牌"
    r"|验证码|驗證碼|动态码|校验码|verification code|security code|one[- ]time code|\botp|\bcvv2?|\bcvc|安全码|"
    r"\bpin(?: code| number)?\b)"
    r"((?:号码?|设置?|设成|改成|改为|换成|填的|写的|叫|was|is now|is|are|to|=|是|为|為|[:：(（\"'“”‘’「 ]){0,6})"
    r"([!-~]{3,128})",
    re.ASCII,
)
_CLAUSE = re.compile(r"[,;](?=$|[A-Za-z]{2,12}(?![!-~]))")
_LONG = re.compile("[0-9A-Za-z_-]{16}")
_A_DIGIT = re.compile("[0-9]")
_TOLD = re.compile("[:：=]")
_JOINT_WORDS = re.compile("[A-Za-z]{1,128}(?:[-'/][A-Za-z]{1,128}){1,64}")
_CODES = re.compile(r"验证|驗證|动态|校验|code|otp|cv|安全码|pin")
_EDGES = "\"'“”‘’()（）「」,;.:"
_NO_SECRET = re.compile(
    r"(?:required|incorrect|wrong|invalid|forgot(?:ten)?|reset|expired|changed|missing|unknown|needed|please|failed|"
    r"error|"
    r"received|protected|correct|strong|weak|access|security|account|none|null|true|false)[!?]*\Z",
    re.IGNORECASE | re.ASCII,
)
_WORDS = (
    "密码", "密碼", "口令", "密钥", "密鑰", "秘钥", "私钥", "令牌", "验证码", "驗證碼", "动态码", "校验码", "安全码",
    "password", "passwd", "passcode", "pass:", "pass：", "pass=", "pass :", "pass ：", "pass =", "pwd", "pswd",
    *(f"{what}{by}key" for what in ("api", "app", "access") for by in ("", " ", "_", "-")),
    "token", "access token", "api token", "auth token", "bearer token", "secret", "verification code", "security code",
    "one time code", "one-time code", "otp", "cvv", "cvc", "pin",
)  # fmt: skip
_PREFIXES = (
    "sk-", "pk_live_", "rk_live_", "sk_live_", "pk_test_", "rk_test_", "sk_test_", "akia", "asia", "ghp_", "gho_",
    "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox", "aiza", "ya29.", "ltai", "akid", "hf_", "npm_", "pypi-",
    "sg.", "dop_v1_", "eyj",
)  # fmt: skip
_WORD, _PREFIX = range(2)


def _find(text: str, low: str, hits: Sequence[Hit]) -> Sequence[PersonalData]:
    """A cue is read where it stands, unless what an earlier one announces has it."""
    spans: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
    ends = [0, 0]
    for start, kind in hits:
        if start < ends[kind]:
            continue
        found = _CUE.match(low, start) if kind == _WORD else _ISSUED.match(text, start)
        if found:
            ends[kind] = found.end()
            span = _announced(text, found) if kind == _WORD else found.span()
            if span:
                spans[kind].append(span)
    announced, issued = spans
    if issued:
        long = set(in_texts_with(_LONG, text, low, [start for start, _ in issued]))
        issued = [span for span in issued if span[0] in long]
    return first_come("secret", issued + announced)


def _announced(text: str, cue: re.Match[str]) -> tuple[int, int] | None:
    start, end = cue.span(3)
    said, link, _ = cue.groups()
    value = text[start:end]
    if "," in value or ";" in value:
        value = _CLAUSE.split(value, maxsplit=1)[0]
    size = len(value.rstrip(_EDGES))
    value = value[:size].lstrip(_EDGES)
    start += size - len(value)
    is_code = _CODES.search(said) is not None
    if is_code:
        value = value.rstrip("!?")
    is_secret = _is_code(value, said, link) if is_code else _is_secret(value, link)
    return (start, start + len(value)) if is_secret else None


def _is_code(value: str, cue: str, link: str) -> bool:
    return value.isdigit() and 3 <= len(value) <= 8 and (cue != "pin" or bool(link.strip()))


def _is_secret(value: str, link: str) -> bool:
    """Something with a digit or sign in it, unless a colon says that it follows."""
    if len(value) < 4 or _NO_SECRET.match(value):
        return False
    has_digit = _A_DIGIT.search(value) is not None
    has_sign = not value.isalnum()
    is_mixed = value != value.lower() and value != value.upper() and not value.istitle()
    if _TOLD.search(link):
        return has_digit or has_sign or is_mixed or (value.isalpha() and len(value) >= 6 and value.islower())
    if not link.strip():
        return has_digit and (not value.isdigit() or len(value) > 5)
    return has_digit or is_mixed or (has_sign and not _JOINT_WORDS.fullmatch(value))


SECRETS = Recogniser(_find, cues=kinds(_WORDS, _PREFIXES))
