"""What is fuzzed: each target takes bytes and raises if what listens to the line misbehaves on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt

from drivers.signals import fsk, levels, tonespec
from drivers.signals.answer import AnswerDetector
from drivers.signals.callerid import reading, writing
from drivers.signals.callerid.messages import Message
from drivers.signals.callerid.receiver import CallerIdReceiver
from drivers.signals.cas import CasDetector
from drivers.signals.countries import country
from drivers.signals.datatones import AnsweringToneDetector, CallingToneDetector
from drivers.signals.dtmf.receiver import DtmfReceiver
from drivers.signals.echo.canceller import EchoCanceller
from drivers.signals.progress import ProgressDetector
from drivers.signals.tones import DTMF_KEYS
from drivers.signals.voice import BLOCK, VoiceDetector


def messages(data: bytes) -> None:
    """A caller-ID message with a right checksum, and the bytes as they are."""
    for message in (data, writing.checked(data[:250])):
        for read in (reading.read, reading.read_ntt):
            plain(read(message))
    reading.ntt_length(data)


def digits(data: bytes) -> None:
    """A string of keys as DTMF caller ID."""
    plain(reading.read_dtmf("".join(DTMF_KEYS[byte % 16] for byte in data[:64])))


def plain(told: Message | None) -> None:
    """Whatever was read must be short and printable: it goes to pages, file names and mails."""
    if told is None:
        return
    for text in (told.number, told.name, told.redirecting, told.dialled, told.date):
        if text is not None and (len(text) > 64 or not text.isprintable()):
            raise AssertionError(f"unprintable or long text from the line: {text!r}")


def modem(data: bytes) -> None:
    """The bytes sent as caller ID: as a message with a right checksum, as bare bytes or as bits, by either modem.

    The first byte chooses: modem, form, level, bits of seizure, stop bits.
    """
    choice, rest = (data[0], data[1:121]) if data else (0, b"")
    if choice & 2:
        bits = np.unpackbits(np.frombuffer(rest, np.uint8)).astype(bool)
    else:
        seizure, stop_bits = (0, 1) if choice & 16 else (60, 4)
        bits = fsk.frame(writing.checked(rest) if choice & 4 else rest, seizure, 20, stop_bits)
    sound = fsk.send(bits, fsk.V23 if choice & 1 else fsk.BELL_202, -45.0 if choice & 8 else -13.0)
    for caller in CallerIdReceiver().feed(np.concatenate([sound, np.zeros(1600, np.int16)])):
        plain(caller)


def audio(data: bytes) -> None:
    """The bytes as sound through every decoder: an odd first byte makes them tones, an even one G.711-like samples."""
    if data and data[0] & 1:
        samples = pieces(data[1:])
    else:
        coarse = np.frombuffer(data[:1000], np.int8).astype(np.int16) * np.int16(256)
        samples = np.repeat(coarse, 8)
    detectors = (
        ProgressDetector(country("GB")),
        AnsweringToneDetector(),
        CallingToneDetector(),
        DtmfReceiver(),
        CallerIdReceiver(),
        CasDetector(),
    )
    for detector in detectors:
        detector.feed(samples)
    answer, canceller, voice = AnswerDetector(country("US")), EchoCanceller(), VoiceDetector()
    for block in samples[: samples.size // BLOCK * BLOCK].reshape(-1, BLOCK):
        near = canceller.process(block, block[::-1])
        voice.feed(near, block)
        answer.feed(near)


def pieces(data: bytes) -> npt.NDArray[np.int16]:
    """At most two seconds of tones, singly and in pairs, with pauses: what detectors wait for, and what is near it.

    Four bytes a piece: two frequencies in steps of 14 Hz (the second under 64: none), level in dB down, length in ms.
    """
    sound = [np.zeros(160)]
    for at in range(0, min(len(data), 64) - 3, 4):
        first, second, level, ms = data[at : at + 4]
        time = np.arange((10 + ms) * 8) / 8000
        wave = np.sin(2 * np.pi * (200 + 14 * first) * time)
        if second >= 64:
            wave += np.sin(2 * np.pi * (200 + 14 * second) * time)
        sound.append(wave * levels.amplitude(-float(level % 64)))
    return levels.limit(np.concatenate(sound)[:16000])


def tones(data: bytes) -> None:
    """A tone in words."""
    try:
        tonespec.parse(data.decode("latin-1"))
    except ValueError:
        return


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "messages": messages,
    "digits": digits,
    "modem": modem,
    "audio": audio,
    "tones": tones,
}
