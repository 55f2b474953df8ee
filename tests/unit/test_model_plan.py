"""Plans of models: who answers, stable shares, changes and the way back."""

import pytest

from agents.models import changes
from agents.models.options import Options
from agents.models.plan import Plan, Release, Shadow, choose, plan_from
from schemas.errors import Rejected

PLAN = Plan(default="old", fallback="small", vision="sees", options={"old": Options(temperature=0.1)})
CONVERSATIONS = [f"c{number}" for number in range(5000)]


def candidates(plan: Plan, conversation: str = "c1", **how: object) -> list[str]:
    return [one.model for one in choose(plan, conversation, **how).candidates]  # type: ignore[arg-type]


def test_the_default_answers_and_the_fallback_after_it_with_their_options() -> None:
    chosen = choose(PLAN, "c1")
    assert [one.model for one in chosen.candidates] == ["old", "small"]
    assert [one.options for one in chosen.candidates] == [Options(temperature=0.1), Options()]
    assert (chosen.experiment, chosen.shadow) == ("", None)


def test_images_go_to_the_model_that_sees_and_a_named_model_goes_before_all() -> None:
    assert candidates(PLAN, images=True) == ["sees", "small"]
    assert candidates(PLAN, model="big", images=True) == ["big", "small"]
    assert candidates(Plan(default="old"), images=True) == ["old"]


def inside(percent: float) -> set[str]:
    plan = Plan(default="old", release=Release("r", "new", percent))
    return {one for one in CONVERSATIONS if choose(plan, one).experiment == "r:candidate"}


def test_a_release_grows_by_the_same_conversations() -> None:
    ten, half, all_ = inside(10), inside(50), inside(100)
    assert ten < half < all_ == set(CONVERSATIONS)
    assert len(ten) / len(all_) == pytest.approx(0.1, abs=0.02)
    assert inside(0) == set()


def test_both_arms_are_named_and_the_candidate_has_the_default_behind_it() -> None:
    plan = Plan(default="old", fallback="small", release=Release("r", "new", 50))
    arms = {choose(plan, one).experiment: candidates(plan, one) for one in CONVERSATIONS}
    assert arms == {"r:candidate": ["new", "old", "small"], "r:control": ["old", "small"]}


def test_a_shadow_is_a_share_and_never_the_model_that_answers() -> None:
    plan = Plan(default="old", shadow=Shadow("new", 20))
    share = sum(choose(plan, one).shadow is not None for one in CONVERSATIONS) / len(CONVERSATIONS)
    assert share == pytest.approx(0.2, abs=0.03)
    assert choose(Plan(default="old", shadow=Shadow("old", 100)), "c1").shadow is None


def test_a_plan_survives_the_wire_and_a_deleted_one_is_the_settings_own() -> None:
    value = {"default": "old", "release": {"name": "r", "model": "new", "percent": 10}, "options": {"old": {"seed": 7}}}
    plan = plan_from(value, PLAN)
    assert (plan.release, plan.options_of("old").seed) == (Release("r", "new", 10), 7)
    assert plan_from(None, PLAN) is PLAN
    assert plan.models == ("old", "new")


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"default": ""},
        {"default": "a", "releese": {}},
        {"default": "a", "shadow": {"model": "b", "percent": 101}},
        7,
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_the_command(value: object) -> None:
    with pytest.raises(Rejected, match="`kefu model` writes it"):
        plan_from(value, PLAN)


def test_only_what_is_given_goes_over_the_wire() -> None:
    assert Options().wire() == {"temperature": 0.7, "top_p": 0.9, "num_ctx": 8192, "num_predict": 512}
    assert (
        Options(stop=("END",), num_gpu=0, seed=1).wire() | {"stop": ["END"], "num_gpu": 0, "seed": 1}
        == Options(stop=("END",), num_gpu=0, seed=1).wire()
    )


def test_a_switch_keeps_the_way_back() -> None:
    switched = changes.switched(PLAN, "new")
    assert (switched.default, switched.previous) == ("new", "old")
    assert changes.rolled_back(switched).default == "old"


def test_a_release_begins_grows_and_becomes_the_default() -> None:
    ten = changes.released(PLAN, "new", 10)
    half = changes.released(ten, "new", 50)
    assert ten.release is not None
    assert half.release == Release(ten.release.name, "new", 50)
    assert changes.promoted(half) == changes.switched(PLAN, "new")
    assert changes.rolled_back(half) == PLAN


def test_a_shadow_of_nothing_ends_it() -> None:
    assert changes.shadowed(changes.shadowed(PLAN, "new", 5), "new", 0).shadow is None


def test_options_change_one_by_one_and_go_back() -> None:
    plan = changes.given(PLAN, "old", {"top_p": 0.5, "temperature": None})
    assert plan.options_of("old") == Options(top_p=0.5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda: changes.switched(PLAN, "old"), "already"),
        (lambda: changes.released(PLAN, "old", 10), "release another one"),
        (lambda: changes.released(PLAN, "new", 101), "from 0 to 100"),
        (lambda: changes.shadowed(PLAN, "new", -1), "from 0 to 100"),
        (lambda: changes.promoted(PLAN), "no release is running"),
        (lambda: changes.rolled_back(PLAN), "nothing to go back to"),
        (lambda: changes.given(PLAN, "old", {"temprature": 1}), "there are temperature"),
        (lambda: changes.given(PLAN, "old", {"num_ctx": "many"}), "Expected `int"),
    ],
)
def test_a_change_that_cannot_be_says_why(change: object, said: str) -> None:
    with pytest.raises(Rejected, match=said):
        change()  # type: ignore[operator]
