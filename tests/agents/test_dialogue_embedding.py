"""A question's vector goes with it through the dialogue: into the search, and through the state while it waits."""

from agents.catalog import Catalog, Script, Scripts, Texts
from agents.dialogue.hearing import Heard
from agents.knowledge.meaning import packed
from schemas.inference import ModelRequest
from schemas.messages import Reply
from schemas.operations import Article, Setting
from streams.desk import MODELS, LiveDesk
from tests.samples import heard, result
from tests.talk import Talk

SCRIPTS = Scripts({name: Script(name=name, zh=("好",), en=("ok",)) for name in ("fallback", "offline", "handover")})
TENTS = Article(article_id="tents", language="en", title="Tents", text="Our tents are made of nylon.")
VECTOR = packed("model", (1.0, 0.0, 0.0, 0.0))


def desk(status: str) -> LiveDesk:
    now = LiveDesk(Catalog(intents=(), outside=Texts(), scripts=SCRIPTS, articles=()))
    now.article_changed("tents", TENTS)
    now.embedded(TENTS, VECTOR)
    now.setting_changed(MODELS, Setting(name=MODELS, value={"status": status}, occurred_at=""))
    return now


def meant(number: int, text: str) -> Heard:
    return Heard(heard(number, text).message, heard(number, text).understanding, vector=VECTOR)


def test_knowledge_that_shares_no_word_answers_what_is_meant() -> None:
    talk = Talk(desk("offline")).say(heard(1, "qqq zzz")).say(meant(2, "qqq zzz"))  # type: ignore[arg-type]
    without, found = talk.all(Reply)
    assert (without.source, found.source, found.text) == ("fallback", "knowledge", TENTS.text)


def test_it_is_still_known_when_the_model_that_was_asked_does_not_answer() -> None:
    talk = Talk(desk("online")).say(meant(1, "qqq zzz"))  # type: ignore[arg-type]
    (request,) = talk.all(ModelRequest)
    assert TENTS.text in request.messages[0].content
    talk.say(result(request.request_id, text="", outcome="unavailable"))
    (reply,) = talk.all(Reply)
    assert (reply.source, reply.text) == ("knowledge", TENTS.text)
