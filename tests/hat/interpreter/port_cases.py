"""A port's life, whose turn it is to ring, and what takes time, on the interpreter that runs the HAT."""

import unittest

from hat import protocol as p
from hat.bells import Bells
from hat.faults import ChipFault
from hat.fxs import FxsPort
from hat.tasks import Tasks


class Chip:
    """A handset's chip that comes up when ``well``; ``fed`` are the linefeed states it was given, with their time."""

    def __init__(self, tasks):
        self.tasks = tasks
        self.well = True
        self.fed = []
        self.ups = 0

    def bring_up(self):
        yield 100
        if not self.well:
            raise ChipFault(p.FAULT_BATTERY)
        self.ups += 1

    def set_linefeed(self, state):
        self.fed.append((self.tasks.now, state))

    def power_down(self):
        self.set_linefeed(p.LF_OPEN)


class Bench(unittest.TestCase):
    def setUp(self):
        self.errors = []
        self.told = []
        self.tasks = Tasks(lambda key, error: self.errors.append(error))
        self.bells = Bells()
        self.ports = []
        for number in (2, 3):
            port = FxsPort(number, Chip(self.tasks), self.tasks, self.tell, self.bells)
            self.ports.append(port)
            port.start()
        self.run_to(200)

    def tell(self, port, kind, at, *args):
        self.told.append((port, kind))

    def run_to(self, end):
        for now in range(self.tasks.now, end + 1, 4):
            self.tasks.run(now)

    def rings(self, port):
        """The (from, to) in ms of each burst."""
        spans = []
        for now, state in port.chip.fed:
            if state == p.LF_RINGING:
                spans.append([now, None])
            elif spans and spans[-1][1] is None:
                spans[-1][1] = now
        return spans


class Life(Bench):
    def test_a_fault_is_told_once_and_its_end(self):
        port = self.ports[0]
        port.chip.well = False
        port.failed(ChipFault(p.FAULT_BATTERY))
        self.run_to(9000)
        self.assertEqual(self.told, [(2, p.EV_CHIP_FAULT)])
        self.assertFalse(port.up)
        self.assertEqual(port.ring((2000, 4000)), p.ERR_CHIP)
        port.chip.well = True
        self.run_to(12000)
        self.assertEqual(self.told, [(2, p.EV_CHIP_FAULT), (2, p.EV_CHIP_BACK)])
        self.assertTrue(port.up and self.ports[1].up)
        self.assertEqual(self.errors, [])


class Turns(Bench):
    def overlap(self):
        return [
            (a, b) for a in self.rings(self.ports[0]) for b in self.rings(self.ports[1])
            if a[1] and b[1] and a[0] < b[1] and b[0] < a[1]
        ]  # fmt: skip

    def test_one_at_a_time_on_5_v(self):
        for cadence in ((2000, 4000), (400, 200, 400, 2000), (3000, 1000)):
            self.setUp()
            for port in self.ports:
                self.assertEqual(port.ring(cadence), p.OK)
            self.run_to(30000)
            self.assertEqual(self.overlap(), [])
            self.assertTrue(min(len(self.rings(port)) for port in self.ports) >= 3)

    def test_both_with_12_v(self):
        self.bells.together = True
        for port in self.ports:
            port.ring((2000, 4000))
        self.run_to(5000)
        self.assertEqual(len(self.overlap()), 1)

    def test_one_that_stops_gives_up_its_turn(self):
        first, second = self.ports
        first.ring((2000, 4000))
        second.ring((2000, 4000))
        self.run_to(700)
        first.stop_ringing()
        self.run_to(800)
        self.assertEqual((len(self.rings(first)), len(self.rings(second))), (1, 1))


if __name__ == "__main__":
    unittest.main()
