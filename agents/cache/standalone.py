"""Which questions stand alone, so that anybody may get the same answer, and which answers may be given to anybody."""

import re
from collections.abc import Collection

from agents.cache.signature import Signature
from agents.dialogue.conversation import Question
from agents.understanding.mask import mask
from agents.understanding.personal.readable import PLACEHOLDER
from agents.understanding.width import plain

LONGEST_QUESTION = 200
LONGEST_ANSWER = 4_000
UPSET = -0.5
"""Mood below which an answer is meant for the one who was upset."""

_OWN_VALUES = frozenset(("order_number", "tracking_number", "address"))
_PASSING_VALUES = frozenset(("date", "time"))
_CODE = re.compile(r"[0-9]{6}|(?=[a-z0-9-]*[0-9][a-z0-9-]*[0-9])(?=[0-9-]*[a-z])[a-z0-9-]{9}")
_GENERAL = frozenset(("?how", "?how to", "?what to do", "may"))
"""Kinds of question that are about the way things are done, even where they say "my order"."""

_OWN_THING = re.compile(
    r"我们?的?(?:订单|单子|快递|包裹|货(?!款)|退款|钱|余额|积分|账单|东西|券|发票|申请|工单|账户|账号)|我的|我有(?:多少|几|没有)|我(?:是不是|能拿|该付)"
    r"|\bmy\b|\bdo i (?:have|owe|get)\b(?! to)|\b(?:have|was|did) i\b|\bam i (?!allowed|able"
    r"|required|supposed)|\bi am\b"
)
_OWN_STORY = re.compile(
    r"我(?:们)?(?:刚|已经|昨|前|上|之前|在你|买|订了|订的|下单|下了|拍了|拍的|付了|付款|收到|退了|寄了|换了|申请了|等了|等到|用了|的.{1,6}(?:了|还没|没有|怎么还|坏|丢))"
    r"|(?:帮|给|替)我|我(?:要|想要|想(?!问|知道|了解|咨询|请问|确认))"
    r"|\b(?:i|we)(?:'ve| have)? (?:just |already |recently )?(?:bought|ordered|purchased|paid"
    r"|received|returned|sent|got|placed|made|tried|requested|applied|cancelled|canceled|waited"
    r"|signed|need (?!to know)|want (?!to know|to ask)|did|didn't|never|still)\b"
    r"|\b(?:i'm|i am|i was|i have been|i've been) (?!wondering|trying to find)\w+|\b(?:send"
    r"|give|get|cancel|refund|call|help|show) me\b(?! how)"
)
_POINTS = re.compile(
    r"[这那它她]|(?<![其吉])他|(?<!应)该(?!怎么|如何)|此(?!外)|前者|后者|上面|上述|刚才|刚刚说|上次|同样"
    r"|\b(?:this|these|those|he|she|him|her|hers|its|their|theirs|former|latter|that|such|above|the same)\b"
)
_REFERS = re.compile(r"\b(?:it|they|them)\b|\bones?\b(?= *(?:[,.?!]|$|in\b|with\b|for\b|instead\b|too\b))")
_IDLE_IT = re.compile(
    r"\b(?:is|would|was|will) it (?:be )?(?:possible|ok|okay|allowed|necessary|required|true"
    r"|safe|legal|normal|common|better)\b"
    r"|\b(?:does|will|would) it (?:take|cost)\b(?=.* (?:to|for|until|before)\b)"
)
_GOES_ON = re.compile(
    r"^\W*(?:那|还有|另外|然后|但是|可是|不过|所以|而且|以及|或者|要不|好的|是的|(?:好|嗯|对|行|是|不)[，,。 ])"
    r"|^\W*(?:and|or|but|also|then|so|yes|no|yeah|nope|ok|okay|what about|how about|what else"
    r"|why not|instead|otherwise)\b"
    r"|^\W*(?:in|for|with|on|at|to|from|by|about|without)\b(?! which| what| how)"
)
_QUESTIONS = re.compile(
    r"[?？]|[谁什啥哪几吗]|多少|怎|何|是否"
    r"|\b(?:how|what|when|where|why|who|whose|whom|which|do you|does|can|may)\b"
)
_TOPICS = re.compile(
    r"(?:政策|规则|规定|流程|步骤|标准|条件|范围|时间|方式|方法)(?:是什么)?\W*$|\b(?:policy|policies|rules|hours|times"
    r"|options|methods|terms)\b"
)
_MOMENT = re.compile(
    r"今[天日晚早年]|明[天日早晚年]|昨[天日晚]|后天|前天|现在|目前|当前|此刻|刚刚|[本这下上]个?(?:周|星期|礼拜|月)|去年|最近|最新|几点了|近期|马上|立刻"
    r"|\b(?:today|tonight|tomorrow|yesterday|now|currently|nowadays|recently|latest|presently"
    r"|soon|immediately)\b|\bat the moment\b"
    r"|\b(?:this|next|last|coming) (?:week|month|year|morning|afternoon|evening|night|weekend"
    r"|summer|winter|spring|autumn|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
)
_TOLD_BEFORE = re.compile(
    r"刚才|[您你](?:之前|刚|提到|说的|提供|购买的|上次|买的|的订单号|的包裹)|前面(?:说|提)|如前|如[您你]所"
    r"|\b(?:as|like) (?:i|you|we) (?:said|mentioned|told|discussed)|\byou (?:mentioned|said"
    r"|told|asked|bought|ordered|provided|sent)\b|\bearlier\b|\bprevious(?:ly)? (?:message"
    r"|mentioned|said)"
    r"|\byour order (?:is|was|has)\b"
)


def refusal(question: Question, signed: Signature | None, served: Collection[str] = ()) -> str:
    """Why a question has no place in the cache, in a word; empty where it has one.

    ``served`` are the intents that tools, people or scripts answer.
    """
    if question.language not in ("zh", "en") or len(question.text) > LONGEST_QUESTION or question.attachments:
        return "form"
    if question.intent.name in served:
        return "intent"
    if "[" in question.text and PLACEHOLDER.search(question.text):
        return "personal"
    text = plain(question.text).replace("’", "'")
    if _CODE.search(text) or any(entity.type in _OWN_VALUES for entity in question.entities):
        return "code"
    if any(entity.type in _PASSING_VALUES for entity in question.entities):
        return "moment"
    return "nothing" if signed is None else _tied(text, signed)


def _asks(text: str, signed: Signature) -> bool:
    """Whether it is a question at all: a bare "shoes" may answer one of ours, and means what that asked."""
    return bool(signed.asked or _QUESTIONS.search(text) or _TOPICS.search(text))


def _tied(text: str, signed: Signature) -> str:
    """What ties a question to one conversation, person or moment."""
    if _MOMENT.search(text):
        return "moment"
    if _OWN_STORY.search(text) or (_OWN_THING.search(text) and not _is_general(signed)):
        return "own"
    if _GOES_ON.search(text) or _POINTS.search(text) or _points_back(text):
        return "context"
    return "" if _asks(text, signed) else "statement"


def _is_general(signed: Signature) -> bool:
    return not _GENERAL.isdisjoint((*signed.asked, *signed.said))


def _points_back(text: str) -> bool:
    """Whether "it" points out of the question: what it stands for may come before it, a few words at least."""
    found = _REFERS.search(_IDLE_IT.sub("", text))
    return found is not None and len(text[: found.start()].split()) < 5


def unkept(text: str) -> str:
    """Why an answer is not for everybody, in a word; empty where it is."""
    if not text.strip() or len(text) > LONGEST_ANSWER:
        return "form"
    if PLACEHOLDER.search(text) or mask(text).found:
        return "personal"
    if _CODE.search(plain(text)):
        return "code"
    return "context" if _TOLD_BEFORE.search(plain(text)) else ""
