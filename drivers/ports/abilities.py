"""What a port can do: declared by whatever stands behind it, asked before it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


class CannotDo(Exception):
    """The port has no way to do this; the text says what and which port."""


@dataclass(frozen=True)
class Abilities:
    """``full_duplex``: it hears while it plays (else no barge-in, no echo path). ``on_hook_audio``: caller ID as sound.

    ``tells_the_caller``: caller ID as a fact. ``rings``: it can be rung. ``flashes``: it can flash its line's hook.
    ``bridges``: with a port of the same bank, without the box's processor between. ``echoes``: what is played to it
    comes back. ``tells_keys``: its keys come as facts and never as sound.
    """

    full_duplex: bool = True
    on_hook_audio: bool = False
    tells_the_caller: bool = False
    rings: bool = False
    flashes: bool = False
    bridges: bool = False
    echoes: bool = True
    tells_keys: bool = False


HAT_LINE: Final = Abilities(on_hook_audio=True, flashes=True, bridges=True)
HAT_HANDSET: Final = Abilities(rings=True, bridges=True)
MODEM_LINE: Final = Abilities(full_duplex=False, tells_the_caller=True, flashes=True)
REMOTE_LINE: Final = Abilities(tells_the_caller=True, flashes=True, echoes=False, tells_keys=True)
REMOTE_HANDSET: Final = Abilities(rings=True, echoes=False, tells_keys=True)
