"""Who answered: forty of the calls that `python -m tools.bench answered` plays, in voices that tuned nothing."""

from __future__ import annotations

from tools.bench import answered
from tools.bench.answered_texts import EXAM, TUNING


def test_who_answered_is_told_from_the_sound_alone() -> None:
    calls = [answered.make(EXAM, number) for number in range(40)]
    told = [answered.hear(call, number) for number, call in enumerate(calls)]
    wrong = [(call.kind, one) for call, one in zip(calls, told, strict=True) if one.who != call.who]
    assert wrong == []
    assert [call.kind for call, one in zip(calls, told, strict=True) if call.person_s is None and one.person_s] == []
    off = [
        abs(one.person_s - call.person_s) if one.person_s is not None else 99.0
        for call, one in zip(calls, told, strict=True)
        if call.person_s is not None
    ]
    assert len(off) >= 8
    assert max(off) <= 1.0


def test_a_call_is_the_same_every_time() -> None:
    one, other = answered.make(EXAM, 4), answered.make(EXAM, 4)
    assert one.theirs.tobytes() == other.theirs.tobytes()
    assert one.ours.tobytes() == other.ours.tobytes()


def test_the_halves_share_no_voice_and_no_sentence() -> None:
    for language in ("en", "fr"):
        assert not set(EXAM.voices[language]) & set(TUNING.voices[language])
        seen = {text for texts in TUNING.texts[language].values() for text in texts if len(text) > 20}
        assert not seen & {text for texts in EXAM.texts[language].values() for text in texts}
