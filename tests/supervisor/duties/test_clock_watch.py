"""A clock that is wrong once deletes nothing: who says that it is right, and what a jump stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drivers.clock import Calendar, SampleLoop
from drivers.system_clock import synchronised
from firmware.supervisor.duties.clock_watch import ClockWatch
from firmware.supervisor.duties.housekeeping import DAY_S, ROUND_S
from firmware.supervisor.store import room
from tests.supervisor.duties.house import House

DAY = timedelta(days=1)
TWO_YEARS = 730 * DAY


class SetClock(Calendar):
    """The system's clock as somebody has set it; ``wrong`` is by how much. Nothing says by itself that it is right."""

    wrong = timedelta()

    @property
    def given(self) -> bool:
        return False

    def now(self) -> datetime:
        return super().now() + self.wrong


class Watched(House):
    """A box whose clock, time server and board clock the test sets."""

    def __init__(self, home: Path) -> None:
        self.time_server: bool | None = True
        self.board: datetime | None = None
        super().__init__(home, retention__days=365)

    def watch_over(self, loop: SampleLoop) -> tuple[Calendar, ClockWatch]:
        self.clock = SetClock(loop, datetime(2026, 3, 2, 10, tzinfo=UTC))
        self.watch = ClockWatch(loop, self.clock, self.database, lambda: self.board, lambda: self.time_server)
        return self.clock, self.watch

    def state(self) -> str:
        (told,) = self.watch.checks()
        return told["state"]

    def restarted(self) -> Watched:
        """The same box, started again with the clock it has."""
        wrong, now = self.clock.wrong, self.clock.now() - self.clock.wrong
        self.close()
        again = Watched(self.home)
        again.clock.wrong = wrong + now - (again.clock.now())
        return again


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    monkeypatch.setattr(room, "free", lambda folder: 10 * room.LOW)
    one = Watched(tmp_path)
    one.call(0.5)
    yield one
    one.close()


def test_a_clock_two_years_ahead_deletes_nothing_whoever_keeps_it(house: Watched) -> None:
    """W7 of the attacks: the wrong answer of a time server, met by the very first purge."""
    for state in ("heard", "new", "deleted"):
        house.call(0.2, state)
    house.clock.wrong = TWO_YEARS
    house.pass_time(1.0)
    for _ in range(6):
        house.pass_time(DAY_S)
    assert house.left() == [1, 2, 3, 4] and len(house.files()) == 3
    assert house.state() == "warn"
    assert "jumped from 2026-03-02" in house.watch.checks()[0]["text"]


@pytest.mark.parametrize(
    ("time_server", "board_apart", "believed"),
    [
        (True, None, True),
        (True, -TWO_YEARS, True),
        (False, timedelta(seconds=30), True),
        (None, timedelta(seconds=30), True),
        (False, timedelta(hours=1), False),
        (False, None, False),
        (None, None, False),
    ],
)
def test_what_is_old_goes_only_while_somebody_says_that_the_clock_is_right(
    house: Watched, time_server: bool | None, board_apart: timedelta | None, believed: bool
) -> None:
    house.call(400, "heard")
    house.call(0.1)
    house.time_server = time_server
    house.board = None if board_apart is None else house.clock.now() + board_apart
    house.pass_time(1.0)
    assert (house.left() == [1, 3]) is believed
    assert house.state() == ("ok" if believed else "warn")


def test_a_purge_that_waited_for_the_clock_is_made_as_soon_as_it_is_right(house: Watched) -> None:
    house.call(400, "heard")
    house.call(0.1)
    house.time_server = False
    house.pass_time(1.0)
    assert house.left() == [1, 2, 3]
    house.time_server = True
    house.pass_time(ROUND_S)
    assert house.left() == [1, 3]


def test_a_jump_stops_it_for_a_week_also_over_a_restart_and_going_back_is_a_jump_too(house: Watched) -> None:
    house.pass_time(1.0)
    assert house.state() == "ok"
    house.clock.wrong = 3 * DAY
    house.pass_time(ROUND_S)
    assert house.state() == "warn"
    house.pass_time(3 * DAY_S)
    house = house.restarted()
    house.pass_time(1.0)
    assert house.state() == "warn", "a restart is no way out"
    for _ in range(4):
        house.pass_time(DAY_S)
    assert house.state() == "ok", "steady for seven days"
    house.clock.wrong -= 3 * DAY
    house.pass_time(ROUND_S)
    assert house.state() == "warn"
    house.close()


def test_a_clock_that_goes_on_is_no_jump_whatever_pause_a_time_server_makes(house: Watched) -> None:
    house.pass_time(1.0)
    house.time_server = False
    for _ in range(4):
        house.pass_time(DAY_S)
        assert house.state() == "warn"
    house.time_server = True
    house.pass_time(ROUND_S)
    assert house.state() == "ok"


def test_what_nobody_has_heard_never_goes_by_age_alone(house: Watched) -> None:
    house.call(4000, "new")
    house.call(4000, "saved")
    house.call(4000, "heard")
    house.call(0.1)
    house.pass_time(1.0)
    assert house.left() == [1, 2, 3, 5] and house.files() == ["2.wav", "3.wav"]


def test_the_kernel_says_whether_a_time_server_keeps_its_clock() -> None:
    assert synchronised() in (True, False, None)
