"""The link's byte loops as the machine code of this interpreter's own processor."""

import unittest

from hat import cobs
from hat.protocol import EVENT, HELLO


class Loops(unittest.TestCase):
    def test_the_check_value_of_crc_16(self):
        self.assertEqual(cobs.crc(b"123456789"), 0x29B1)

    def test_what_is_stuffed_comes_back(self):
        for payload in (b"", b"\0", b"\0" * 300, bytes(range(256)) * 3, b"\xff" * 254, b"\xff" * 255):
            wire = cobs.frame(EVENT, 3, 65535, 0xFFFFFFFF, payload)
            self.assertEqual(wire[0] + wire[-1], 0)
            self.assertFalse(0 in wire[1:-1])
            self.assertEqual(cobs.parse(wire[1:-1]), (EVENT, 3, 65535, 0xFFFFFFFF, payload))

    def test_a_flipped_bit_is_noticed(self):
        wire = bytearray(cobs.frame(HELLO, 0, 1, 2, b"hello"))
        wire[5] ^= 4
        with self.assertRaises(cobs.FrameError):
            cobs.parse(bytes(wire[1:-1]))


if __name__ == "__main__":
    unittest.main()
