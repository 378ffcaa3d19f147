"""Who takes a call that is announced: outside a person's key and nothing else, in the house whoever lifts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.assistant.caller.screening import Screening, Verdict
from firmware.supervisor.assistant.office import Announcement
from firmware.supervisor.calls.talk import CalledOff, Gone
from tools.walk.twin import KEYS, RAMBLES, SAYS, ScriptedTalk, Unanswered

WORDS = ("accept", "refuse", "message", "who", "reply", "block")


def verdict(answers: list[str], *, inside: bool, patient: bool = False) -> Verdict | None:
    """What comes of a call that is announced to somebody who does this; None: he has not come to an end."""
    screening = Screening(ScriptedTalk(answers), Announcement("Paul Roy", important=True), inside=inside)
    screening.patient = patient
    running = screening.run()
    try:
        running.send(None)
    except StopIteration as done:
        return done.value
    except (Unanswered, Gone, CalledOff):
        return None
    finally:
        running.close()
    raise AssertionError("it waits for something that is no answer")


def heard(*does: str) -> list[str]:
    """Each thing that is done, after who calls and the choices were heard."""
    return [word for act in does for word in ("heard", "heard", act)]


machine_says = st.sampled_from(("silence", RAMBLES, *(f"{SAYS} {word}" for word in WORDS)))


@given(st.lists(machine_says, min_size=1, max_size=12), st.booleans())
def test_outside_nothing_that_is_said_takes_a_call_nor_decides_about_it(says: list[str], patient: bool) -> None:
    assert verdict(heard(*says), inside=False, patient=patient) in (None, Verdict(""))


@given(st.lists(st.sampled_from(KEYS), min_size=1, max_size=6))
def test_outside_the_key_that_takes_a_call_is_the_one(keys: list[str]) -> None:
    found = verdict(heard(*keys), inside=False)
    if found == Verdict("accept"):
        assert "1" in keys
    if keys[0] == "1":
        assert found == Verdict("accept")


@pytest.mark.parametrize(
    ("does", "found"),
    [
        ("1", Verdict("accept")),
        ("2", Verdict("refuse")),
        ("3", Verdict("message")),
        ("6", Verdict("block")),
        (f"{SAYS} refuse", Verdict("refuse")),
        ("silence", Verdict("accept")),
    ],
)
def test_in_the_house_keys_and_words_decide_and_silence_takes_the_call(does: str, found: Verdict) -> None:
    assert verdict(heard(does), inside=True) == found


def test_a_short_reply_is_chosen_by_a_second_key() -> None:
    said = ["heard", "heard", "5", "heard", "2"]
    assert verdict(said, inside=False) == Verdict("reply", "caller.reply.today")
