"""What a handset's breaks mean, on the interpreter that runs the HAT: micropython-lib's ``unittest`` or CPython's."""

import unittest

from hat import hook


def told(segments, flash=(200, 1000)):
    """What a watch tells of (closed, ms) segments that it looks at every 4 ms."""
    facts = []
    watch = hook.HookWatch(lambda what, at, value: facts.append((what, value)))
    watch.set_flash(*flash)
    now = 0
    for closed, ms in segments:
        for _ in range(0, ms, 4):
            watch.see(closed, now)
            now += 4
    return facts


class Dial(unittest.TestCase):
    def test_every_speed_and_ratio(self):
        for pps in (8, 10, 12):
            for percent in (40, 50, 60, 67):
                period = 1000 // pps
                open_ms = max(28, period * percent // 100)
                for digit in (1, 5, 10):
                    pulses = [(False, open_ms), (True, period - open_ms)] * digit
                    facts = told([(True, 500)] + pulses + [(True, 800)])
                    self.assertEqual(facts, [(hook.OFF, 0), (hook.DIGIT, digit % 10)])

    def test_eleven_pulses_are_no_digit(self):
        self.assertEqual(told([(True, 500)] + [(False, 60), (True, 40)] * 11 + [(True, 800)]), [(hook.OFF, 0)])


class Breaks(unittest.TestCase):
    def test_bounce_of_30_ms_is_nothing(self):
        bounce = [(True, 4), (False, 8), (True, 8), (False, 4), (True, 4), (False, 4)]
        self.assertEqual([what for what, _ in told(bounce + [(True, 300)])], [hook.OFF])

    def test_a_closure_of_40_ms_is_not_off_hook(self):
        self.assertEqual(told([(False, 100), (True, 40), (False, 400)]), [])

    def test_a_flash_a_hang_up_and_what_lies_between(self):
        facts = told([(True, 300), (False, 500), (True, 400), (False, 16), (True, 200), (False, 1200)])
        self.assertEqual([what for what, _ in facts], [hook.OFF, hook.FLASH, hook.ON])
        self.assertAlmostEqual(facts[1][1], 500, delta=4)

    def test_without_a_flash_window_on_hook_is_told_soon(self):
        facts = told([(True, 300), (False, 120)], flash=(0, 0))
        self.assertEqual([what for what, _ in facts], [hook.OFF, hook.ON])


if __name__ == "__main__":
    unittest.main()
