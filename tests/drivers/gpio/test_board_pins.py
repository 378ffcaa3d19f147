"""What the Pi does through its pins, seen on the board's wires: in one process, and over a virtual board's socket.

On a real Pi with a HAT, ``FRONTDESK_GPIO=RPi.GPIO pytest tests/drivers/gpio`` runs ``test_the_pins_of_this_machine``.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.virtual.gpio import Change, VirtualGpio
from board.virtual.header_socket import LineServer, serve_gpio
from board.virtual.i2c import VirtualI2c
from drivers.gpio import BoardPins, Gpio, GpioError, open_gpio
from drivers.gpio.backend import guarded
from drivers.gpio.board_pins import BOOT_S, LONG_PRESS_S, RESET_S
from drivers.gpio.remote import RemoteGpio
from hardware import tables


class Time:
    """Seconds that pass only when somebody sleeps; the board counts its samples by them."""

    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def samples(self) -> int:
        return round(self.now * 8000)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def board(clock: Time) -> VirtualGpio:
    return VirtualGpio(clock.samples)


@pytest.fixture(params=["in one process", "over the socket"])
def gpio(request: pytest.FixtureRequest, board: VirtualGpio, tmp_path: Path) -> Iterator[Gpio]:
    if request.param == "in one process":
        yield board
        return
    server = serve_gpio(board, tmp_path / "gpio.sock")
    remote = open_gpio(f"unix:{tmp_path / 'gpio.sock'}")
    assert isinstance(remote, RemoteGpio)
    yield remote
    remote.close()
    server.close()


@pytest.fixture
def pins(gpio: Gpio, clock: Time) -> BoardPins:
    return BoardPins(gpio, clock.sleep, lambda: clock.now)


def changes(board: VirtualGpio, role: str) -> list[Change]:
    gpio = tables.pi_pin(role).gpio
    return [change for change in board.history if change.gpio == gpio]


def test_taking_the_pins_disturbs_nothing(pins: BoardPins, board: VirtualGpio) -> None:
    assert board.level("mcu_run") == 1
    assert board.level("mcu_bootsel") == 1
    assert board.level("lifeline_enable") == 0
    assert [
        change for change in board.history if change.by == "pi" and change.gpio != tables.pi_pin("button").gpio
    ] == []


def test_a_reset_is_one_pulse_of_run(pins: BoardPins, board: VirtualGpio) -> None:
    pins.reset()
    fall, rise = changes(board, "mcu_run")
    assert (fall.level, rise.level) == (0, 1)
    assert rise.at - fall.at == round(RESET_S * 8000)
    assert changes(board, "mcu_bootsel") == []


def test_the_mcu_can_be_held_in_reset(pins: BoardPins, board: VirtualGpio) -> None:
    pins.hold_in_reset(True)
    assert board.level("mcu_run") == 0
    pins.hold_in_reset(False)
    assert board.level("mcu_run") == 1


def test_the_boot_loader_starts_with_boot_select_low_around_the_reset(pins: BoardPins, board: VirtualGpio) -> None:
    pins.start_boot_loader()
    select_low, select_high = changes(board, "mcu_bootsel")
    run_low, run_high = changes(board, "mcu_run")
    assert select_low.at <= run_low.at < run_high.at < select_high.at
    assert select_high.at - run_high.at == round(BOOT_S * 8000)


def test_run_and_boot_select_are_never_driven_high(pins: BoardPins, board: VirtualGpio) -> None:
    """HAT+ standby: the board may be without supply; what it pulls low must stay low."""
    board.drive("mcu_run", 0)
    board.drive("mcu_bootsel", 0)
    pins.start_boot_loader()
    pins.reset()
    assert board.conflicts == []
    assert board.level("mcu_run") == 0


def test_lifeline_and_leds_are_where_the_table_says(pins: BoardPins, board: VirtualGpio) -> None:
    pins.lifeline(True)
    pins.led("call", True)
    assert (board.level("lifeline_enable"), board.level("led_call"), board.level("led_status")) == (1, 1, 0)
    pins.led("call", False)
    pins.led("status", True)
    assert (board.level("led_call"), board.level("led_status")) == (0, 1)


def test_giving_the_pins_back_releases_the_lifeline_and_lets_the_mcu_run(pins: BoardPins, board: VirtualGpio) -> None:
    pins.lifeline(True)
    pins.hold_in_reset(True)
    pins.close()
    assert board.level("lifeline_enable") == 0
    assert board.level("mcu_run") == 1


def test_a_short_and_a_long_press_are_told_apart(board: VirtualGpio, clock: Time) -> None:
    presses: list[bool] = []
    BoardPins(board, clock.sleep, lambda: clock.now).on_button(presses.append)
    for seconds in (0.2, LONG_PRESS_S + 0.1):
        clock.sleep(1.0)
        board.drive("button", 0)
        clock.sleep(seconds)
        board.drive("button", None)
    assert presses == [False, True]


def test_the_mcus_signals_are_heard(pins: BoardPins, board: VirtualGpio) -> None:
    told: queue.Queue[str] = queue.Queue()
    pins.on_alive(lambda: told.put("alive"))
    pins.on_device_interrupt(lambda: told.put("device"))
    assert not pins.irq()
    board.drive("mcu_alive", 1)
    assert told.get(timeout=5) == "alive"
    assert pins.alive_level() == 1
    board.drive("aux_int", 0)
    assert told.get(timeout=5) == "device"
    board.drive("aux_int", None)
    board.drive("mcu_irq", 0)
    board.drive("mcu_alive", 0)
    assert told.get(timeout=5) == "alive"
    assert pins.irq()
    assert told.empty(), "the rising edge of the interrupt is no event"


def test_a_wire_shorted_to_ground_holds_the_mcu(pins: BoardPins, board: VirtualGpio) -> None:
    board.stick("mcu_run", 0)
    pins.reset()
    assert board.level("mcu_run") == 0
    board.stick("mcu_run", None)
    assert board.level("mcu_run") == 1
    assert [change.by for change in changes(board, "mcu_run")] == ["fault", "fault"]


def test_the_bounce_of_a_button_is_one_press(board: VirtualGpio, clock: Time) -> None:
    presses: list[bool] = []
    BoardPins(board, clock.sleep, lambda: clock.now).on_button(presses.append)
    for _ in range(4):  # 8 ms of bounce
        board.drive("button", 0)
        clock.sleep(0.001)
        board.drive("button", None)
        clock.sleep(0.001)
    board.drive("button", 0)
    clock.sleep(0.5)
    board.drive("button", None)
    assert presses == [False]


def test_what_rpi_gpio_refuses_is_refused(board: VirtualGpio) -> None:
    with pytest.raises(RuntimeError, match="not been set up"):
        board.input(22)
    board.setup(22, board.IN)
    with pytest.raises(RuntimeError, match="as an output"):
        board.output(22, 1)
    with pytest.raises(RuntimeError, match="not on the header"):
        board.setup(28, board.IN)
    with pytest.raises(RuntimeError, match="BCM"):
        board.setmode(board.BOARD)


def test_what_the_real_module_raises_is_told_as_a_gpio_error(board: VirtualGpio, clock: Time) -> None:
    gpio = guarded(board)
    BoardPins(gpio, clock.sleep).reset()
    assert len(changes(board, "mcu_run")) == 2
    with pytest.raises(GpioError, match=r"GPIO output: GPIO27 has not been set up as an output"):
        gpio.output(27, gpio.HIGH)


def test_two_drivers_on_one_wire_are_recorded(board: VirtualGpio) -> None:
    board.setup(27, board.OUT, initial=board.HIGH)
    board.drive("mcu_irq", 0)
    assert board.conflicts == [27]


class TestSocket:
    """What only the socket can do wrong."""

    @pytest.fixture
    def server(self, board: VirtualGpio, tmp_path: Path) -> Iterator[LineServer]:
        server = serve_gpio(board, tmp_path / "gpio.sock")
        yield server
        server.close()

    @pytest.mark.parametrize("keeps_outputs", [True, False])
    def test_of_a_process_that_dies_the_kernel_keeps_the_outputs_or_not(
        self, keeps_outputs: bool, clock: Time, tmp_path: Path
    ) -> None:
        board = VirtualGpio(clock.samples, keeps_outputs)
        server = serve_gpio(board, tmp_path / "gpio.sock")
        remote = RemoteGpio(tmp_path / "gpio.sock")
        pins = BoardPins(remote)
        pins.lifeline(True)
        pins.led("status", True)
        assert board.level("lifeline_enable") == board.level("led_status") == 1
        dead = threading.Event()
        abandon = board.abandon

        def died(channel: list[int]) -> None:
            abandon(channel)
            dead.set()

        board.abandon = died  # type: ignore[method-assign]
        remote.close()
        assert dead.wait(5)
        assert board.level("lifeline_enable") == board.level("led_status") == keeps_outputs
        again = BoardPins(RemoteGpio(tmp_path / "gpio.sock"))
        assert again.lifeline_held() is keeps_outputs, "a lifeline that is found held may carry a conversation"
        assert board.level("led_status") == 0
        again.lifeline(False)
        assert not again.lifeline_held()
        server.close()

    def test_a_pin_that_does_not_follow_is_seen(self, server: LineServer, board: VirtualGpio, tmp_path: Path) -> None:
        pins = BoardPins(RemoteGpio(tmp_path / "gpio.sock"))
        board.stick("lifeline_enable", 0)
        pins.lifeline(True)
        assert not pins.lifeline_held()
        board.stick("lifeline_enable", None)
        pins.led("call", True)  # its answer comes after the level
        assert pins.lifeline_held()

    def test_refusals_come_back_as_errors_and_the_connection_stays(self, server: LineServer, tmp_path: Path) -> None:
        remote = RemoteGpio(tmp_path / "gpio.sock")
        with pytest.raises(GpioError, match="not on the header"):
            remote.setup(40, remote.IN)
        with pytest.raises(GpioError, match="as an output"):
            remote.output(22, 1)
        remote.setup(22, remote.IN)
        assert remote.input(22) == 1
        remote.close()

    def test_a_board_that_has_gone_is_told(self, board: VirtualGpio, tmp_path: Path) -> None:
        path = tmp_path / "gpio.sock"
        with pytest.raises(GpioError, match="no virtual board's pins"):
            RemoteGpio(path)
        server = serve_gpio(board, path)
        remote = RemoteGpio(path)
        server.close()
        with pytest.raises(GpioError, match=r"gone|does not answer"):
            for _ in range(1000):  # until the end of the connection has been noticed
                remote.setup(22, remote.IN)
        remote.close()

    def test_an_edge_callback_may_set_a_pin(self, server: LineServer, board: VirtualGpio, tmp_path: Path) -> None:
        remote = RemoteGpio(tmp_path / "gpio.sock")
        pins = BoardPins(remote)
        lit: queue.Queue[int] = queue.Queue()
        led = tables.pi_pin("led_call").gpio
        board.watch(lambda gpio, level: lit.put(level) if gpio == led else None)
        pins.on_device_interrupt(lambda: pins.led("call", True))
        board.drive("aux_int", 0)
        assert lit.get(timeout=5) == 1
        remote.close()


def test_the_interrupt_of_a_device_reaches_the_pi(board: VirtualGpio) -> None:
    bus = VirtualI2c()
    bus.on_interrupt = lambda asserted: board.drive("aux_int", 0 if asserted else None)
    assert board.level("aux_int") == 1
    bus.thermometer.celsius = 90.0
    bus.refresh()
    assert board.level("aux_int") == 0


def test_off_a_pi_there_is_no_gpio_and_the_way_out_is_named() -> None:
    with pytest.raises(GpioError, match=r"expected 'RPi.GPIO' or unix:PATH"):
        open_gpio("/dev/gpiochip0")
    if not Path("/proc/device-tree/model").exists():
        with pytest.raises(GpioError, match="no GPIO here"):
            open_gpio()


@pytest.mark.skipif("FRONTDESK_GPIO" not in os.environ, reason="FRONTDESK_GPIO names no real pins")
def test_the_pins_of_this_machine() -> None:
    pins = BoardPins(open_gpio(os.environ["FRONTDESK_GPIO"]))
    toggled: queue.Queue[None] = queue.Queue()
    try:
        pins.on_alive(lambda: toggled.put(None))
        toggled.get(timeout=3)  # the firmware is well
        pins.hold_in_reset(True)
        with pytest.raises(queue.Empty):
            while True:
                toggled.get(timeout=3)
        pins.reset()
        toggled.get(timeout=10)
        for led in ("status", "call"):
            pins.led(led, True)
    finally:
        pins.close()
