"""Caller ID messages: every field goes over the wire and back; whatever breaks the form is no caller."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.modem.caller import CallerLines
from drivers.signals.callerid import messages as wire
from drivers.signals.callerid import writing as writing
from drivers.signals.callerid.messages import Message
from drivers.signals.callerid.reading import ntt_length, read, read_dtmf, read_ntt

WHEN = datetime(2026, 3, 2, 10, 0)

numbers = st.text("0123456789", min_size=3, max_size=20)
reasons = st.sampled_from(sorted(wire.REASONS.values()))


def message(kind: int, *parameters: tuple[int, bytes]) -> bytes:
    """A multiple data message of any parameters, its length and checksum right."""
    body = b"".join(bytes([code, len(content)]) + content for code, content in parameters)
    return writing.checked(bytes([kind, len(body)]) + body)


def ntt(content: bytes) -> bytes:
    """An NTT message round any content, its parity and CRC right."""
    inside = bytes([7, wire.DLE, wire.STX]) + content.replace(b"\x10", b"\x10\x10") + bytes([wire.DLE, wire.ETX])
    framed = bytes(wire.even(byte) for byte in inside)
    start = bytes([wire.even(wire.DLE), wire.even(wire.SOH)])
    return start + framed + wire.crc16(framed).to_bytes(2, "little")


# What can be said


@pytest.mark.parametrize("call_type", sorted(wire.CALL_TYPES.values()))
def test_call_types(call_type: str) -> None:
    assert read(writing.mdmf("5145550123", call_type=call_type)) == Message(
        "mdmf", number="5145550123", call_type=call_type
    )


def test_a_call_type_that_nobody_knows_is_left_out() -> None:
    assert read(message(0x80, (0x02, b"5145550123"), (0x11, b"\x44"))) == Message("mdmf", number="5145550123")


def test_who_redirected_and_what_was_dialled() -> None:
    sent = writing.mdmf("5145550123", redirecting="5145550188", dialled="5145550199")
    assert read(sent) == Message("mdmf", number="5145550123", redirecting="5145550188", dialled="5145550199")


@pytest.mark.parametrize("waiting", [True, False])
def test_message_waiting(waiting: bool) -> None:
    assert writing.mdmf(waiting=waiting)[0] == wire.MDMF_WAITING
    assert read(writing.mdmf(waiting=waiting, waiting_count=3)) == Message("mdmf", waiting=waiting, waiting_count=3)
    assert read(writing.sdmf_waiting(waiting)) == Message("sdmf", waiting=waiting)


def test_more_messages_than_fit_are_as_many_as_fit() -> None:
    assert read(writing.mdmf(waiting=True, waiting_count=400)) == Message("mdmf", waiting=True, waiting_count=255)


@given(reasons, reasons)
def test_why_number_and_name_are_missing(reason: str, name_reason: str) -> None:
    assert read(writing.mdmf(None, None, None, reason, name_reason)) == Message(
        "mdmf", reason=reason, name_reason=name_reason
    )


def test_a_single_data_message_that_says_why() -> None:
    assert read(writing.sdmf(None, WHEN, "private")) == Message("sdmf", date="03-02 10:00", reason="private")
    assert read(writing.sdmf(None, WHEN)) == Message("sdmf", date="03-02 10:00", reason="unavailable")


def test_an_exchange_without_a_clock() -> None:
    assert read(message(0x80, (0x01, b"00000000"), (0x02, b"5145550123"))) == Message("mdmf", number="5145550123")


@given(reasons)
def test_the_japanese_form_says_why(reason: str) -> None:
    assert read_ntt(writing.ntt(None, reason, "0398765432")) == Message("ntt", reason=reason, dialled="0398765432")


@given(numbers)
def test_the_japanese_form_knows_its_length_before_it_is_whole(number: str) -> None:
    sent = writing.ntt(number)
    assert [ntt_length(sent[:at]) for at in range(len(sent) - 3)] == [None] * (len(sent) - 3)
    assert ntt_length(sent[:-2]) == len(sent)
    assert ntt_length(b"\x90\x00") == 0


@given(numbers, st.sampled_from(["A..C", "D..C", "D..#", "..#", "bare"]))
def test_digits_in_every_form(number: str, form: str) -> None:
    if set(number) == {"0"} or (form in ("D..C", "D..#") and number in "123"):
        return  # those stand for a missing number
    assert read_dtmf(writing.dtmf_digits(number, form=form)) == Message("dtmf", number=number)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<b>\x00\r\n\x1b[31mred\x85\xad", "<b> [31mred"), ("Zoe\u0308", "Zo\u00eb"), ("\u202egnp.exe", "gnp.exe"),
        ("n" * 200, "n" * 50), ("", None), ("\n\t", None), ("\u5b50", "?"),
    ],
)  # fmt: skip
def test_a_display_is_sent_nothing_but_what_it_can_show(name: str, shown: str | None) -> None:
    """Contacts' names and strangers' are both typed by somebody."""
    message = writing.mdmf("5145550123", name)
    assert read(message) == Message("mdmf", number="5145550123", name=shown)
    assert all(byte >= 0x20 and not 0x7F <= byte < 0xA0 for byte in message[16:-1])


@pytest.mark.parametrize(
    ("digits", "reason"),
    [
        ("B10C", "private"),
        ("B00C", "unavailable"),
        ("D1#", "private"),
        ("D2#", "unavailable"),
        ("D3#", "unavailable"),
        ("D1C", "private"),
        ("0000000", "unavailable"),
    ],
)
def test_digits_that_say_why(digits: str, reason: str) -> None:
    assert read_dtmf(digits) == Message("dtmf", reason=reason)


def test_digits_are_sent_that_say_why() -> None:
    assert (writing.dtmf_digits(None, "private"), writing.dtmf_digits(None)) == ("B10C", "B00C")
    assert (writing.dtmf_digits(None, "private", form="D..#"), writing.dtmf_digits(None, form="D..#")) == ("D1#", "D3#")


def test_digits_with_a_redirecting_number() -> None:
    digits = writing.dtmf_digits("5145550123", redirecting="5145550188")
    assert digits == "A5145550123D5145550188C"
    assert read_dtmf(digits) == Message("dtmf", number="5145550123", redirecting="5145550188")


# What is odd, though the checksum is right

NUMBER = (0x02, b"5145550123")


@pytest.mark.parametrize(
    ("parameters", "odd"),
    [
        (((0x01, b"13021000"), NUMBER), ('date "13021000"',)),
        (((0x01, b"03322400"), NUMBER), ('date "03322400"',)),
        (((0x01, b"0302100"), NUMBER), ('date "0302100"',)),
        (((0x01, b"0302 100"), NUMBER), ('date "0302 100"',)),
        (((0x01, b"202606070809"), NUMBER), ('date "202606070809"',)),
        (((0x01, b""), NUMBER), ("date empty",)),
        ((NUMBER, (0x07, b"")), ("name empty",)),
        ((NUMBER, (0x07, b"\x00\x1b \n")), ("name empty",)),
        (((0x08, b"Z"), NUMBER), ('reason "Z"',)),
        (((0x08, b""), NUMBER), ("reason empty",)),
        ((NUMBER, (0x11, b"")), ("call type empty",)),
        ((NUMBER, (0x11, b"\x01\x01")), ("call type empty",)),
        ((NUMBER, (0x1A, b"anna")), ('redirecting number "anna"',)),
        ((NUMBER, (0x03, b"")), ("number dialled empty",)),
        ((NUMBER, (0x00, b""), (0x00, b"")), ()),
        (((0x02, b"5145550123\x00\x00"),), ()),
        (((0x02, b"(514) 555-0123 x12"),), ()),
        (((0x02, b"5145550123ext7"),), ()),
    ],
)
def test_one_odd_part_costs_no_other(parameters: tuple[tuple[int, bytes], ...], odd: tuple[str, ...]) -> None:
    told = read(message(0x80, *parameters))
    assert told == Message("mdmf", number="5145550123")
    assert told is not None and told.odd == odd
    assert (read(message(0x80, *parameters), lenient=False) is None) == bool(odd)


@pytest.mark.parametrize(
    "sent",
    [
        writing.checked(b"\x80\x0d\x02\x0a5145550123\x07"),  # a parameter that ends after its kind
        writing.checked(b"\x80\x0d\x02\x0a5145550123\x00"),
        writing.checked(b"\x80\x0c\x02\x0b5145550123"),  # one longer than the message
    ],
)
def test_a_parameter_that_runs_past_the_end_is_what_there_is_of_it(sent: bytes) -> None:
    assert read(sent) == Message("mdmf", number="5145550123")


def test_a_single_data_message_without_a_clock_has_its_number() -> None:
    assert read(writing.checked(b"\x04\x12030224005145550123")) == Message("sdmf", number="5145550123")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("P", "private"), ("p", "private"), ("ANONYMOUS", "private"), ("Withheld", "private"), ("PRIVATE", "private"),
        ("Private Number", "private"), ("Numéro privé", "private"), ("Caller Withheld", "private"),
        ("O", "unavailable"), ("OUT OF AREA", "unavailable"), ("out-of-area", "unavailable"),
        ("UNKNOWN CALLER", "unavailable"), ("Inconnu", "unavailable"), ("PAYPHONE", "payphone"),
    ],
)  # fmt: skip
def test_why_there_is_no_number_is_understood_on_every_path(words: str, reason: str) -> None:
    for kind in (0x02, 0x04):  # in the number's place, or as a reason
        assert read(message(0x80, (kind, words.encode("latin-1")))) == Message("mdmf", reason=reason)
    assert read(writing.checked(bytes([4, 8 + len(words)]) + b"03021000" + words.encode("latin-1"))) == Message(
        "sdmf", date="03-02 10:00", reason=reason
    )
    modem = CallerLines()
    modem.take(f"NMBR = {words}")
    assert (modem.number, modem.reason) == (None, reason)


def test_a_word_in_the_names_place_is_no_name() -> None:
    assert read(message(0x80, NUMBER, (0x07, b"ANONYMOUS"))) == Message(
        "mdmf", number="5145550123", name_reason="private"
    )
    assert read(message(0x80, NUMBER, (0x07, b"Na"))) == Message("mdmf", number="5145550123", name="Na")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("École José".encode(), "École José"),
        ("École José".encode("latin-1"), "École José"),
        ("Éric JOSÉ".encode()[:-1], "Éric JOS"),  # cut within its last letter
        (b"J\xf6rg \xe9\xe8", "Jörg éè"),
        (("n" * 60).encode(), "n" * 50),
        (("é" * 60).encode(), "é" * 50),
    ],
)
def test_names_beyond_ascii_and_longer_than_fifty_letters(raw: bytes, name: str) -> None:
    assert read(message(0x80, NUMBER, (0x07, raw))) == Message("mdmf", number="5145550123", name=name)
    modem = CallerLines()
    modem.take("NAME = " + raw.decode("latin-1"))
    assert modem.message().name == name


def test_a_number_that_is_none_is_somebody_unknown_and_not_corrupt() -> None:
    for odd in (b"514555O123", b"1" * 25, b""):
        assert read(message(0x80, (0x01, b"03021000"), (0x02, odd))) == Message(
            "mdmf", date="03-02 10:00", reason="unavailable"
        )


# What breaks the form, though the checksum is right


@pytest.mark.parametrize(
    "sent",
    [
        message(0x80),
        message(0x80, (0x01, b"03021000")),  # a date alone is nobody
        message(0x80, (0x02, b"")),
        message(0x80, (0x02, b"514555O123")),
        message(0x80, (0x02, b"1" * 25)),
        message(0x80, (0x02, b"1" + b"-" * 60)),
        message(0x80, (0x04, b"X")),
        message(0x80, (0x04, b"")),
        message(0x80, (0x04, b"PP")),
        message(0x82, (0x0B, b"")),
        message(0x81),
        writing.checked(b"\x80\x0b\x02\x0a5145550123"),  # a message shorter than it says
        writing.checked(b"\x80\x0d\x02\x0a5145550123"),  # and longer
        writing.checked(b"\x40\x0c\x02\x0a5145550123"),  # a type nobody has
        writing.checked(b"\x04\x08" + b"03021000"),  # no number at all
        writing.checked(b"\x04\x07" + b"0302100"),
        writing.checked(b"\x06\x03BBo"),
        writing.checked(b"\x06\x00"),
    ],
)
def test_a_right_checksum_alone_makes_no_caller(sent: bytes) -> None:
    assert sum(sent) & 0xFF == 0
    assert read(sent) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x40",
        b"\x40\x00",
        b"\x40\x0d\x02\x0a0312345678",  # a message shorter than it says
        b"\x40\x04\x02\x02AB",
        b"\x41\x0c\x02\x0a0312345678",
        b"\x40\x03\x04\x01X",
        b"\x40\x04\x09\x0212",  # what was dialled, and nobody who did
    ],
)
def test_a_right_crc_alone_makes_no_caller(content: bytes) -> None:
    assert read_ntt(ntt(content)) is None


def test_the_japanese_form_needs_parity_and_frame() -> None:
    sent = writing.ntt("0312345678")
    for at in range(2, len(sent) - 2):
        spoilt = bytearray(sent)
        spoilt[at] ^= 0x80
        spoilt[-2:] = wire.crc16(bytes(spoilt[2:-2])).to_bytes(2, "little")
        assert read_ntt(bytes(spoilt)) is None


@pytest.mark.parametrize(
    "digits",
    ["", "5", "C", "AC", "A12B", "AA12C", "A12D34D56C", "B1", "12C", "A*12C", "A" + "1" * 25 + "C", "1" * 57, "D#"],
)
def test_keys_that_are_no_caller(digits: str) -> None:
    assert read_dtmf(digits) is None


# What cannot be said


def test_what_could_not_be_read_is_not_written() -> None:
    for wrong in ("", "1" * 25, "514 555", "anna"):
        with pytest.raises(ValueError, match="number"):
            writing.mdmf(wrong)
    with pytest.raises(ValueError, match="reason"):
        writing.mdmf(None, reason="busy")
    with pytest.raises(ValueError, match="call type"):
        writing.mdmf("5145550123", call_type="pigeon")
    for nothing in (writing.mdmf, writing.ntt):
        with pytest.raises(ValueError, match="nothing to say"):
            nothing()
    with pytest.raises(ValueError, match="form"):
        writing.dtmf_digits("5145550123", form="E..F")
    with pytest.raises(ValueError, match="digits"):
        writing.dtmf_digits("*69")
    with pytest.raises(ValueError, match="redirecting"):
        writing.dtmf_digits("5145550123", redirecting="*69")
    with pytest.raises(ValueError, match="missing"):
        writing.dtmf_digits(None, form="..#")


@settings(max_examples=60)
@given(
    st.none() | numbers,
    st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=255), min_size=1, max_size=60),
    st.none() | numbers,
    st.none() | st.sampled_from(sorted(wire.CALL_TYPES.values())),
    st.booleans(),
)
def test_whatever_is_written_is_read(
    number: str | None, name: str | None, redirecting: str | None, call_type: str | None, waiting: bool
) -> None:
    told = read(
        writing.mdmf(
            number, name, WHEN, redirecting=redirecting, call_type=call_type, waiting=waiting, reason="private"
        )
    )
    assert told is not None
    assert (told.number, told.redirecting, told.call_type, told.waiting) == (number, redirecting, call_type, waiting)
    assert told.reason == (None if number else "private")
    assert told.name is None or told.name.isprintable()
