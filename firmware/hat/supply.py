"""The 5 V supply and the board's temperature, once a second. A brown-out ends ringing before it ends the board."""

from micropython import const

from . import protocol as p

BROWN_OUT_MV = const(4500)
POWER_BACK_MV = const(4700)
MAX_TEMP = const(85)


class Supply:
    """``adc_5v`` sees half of the rail, ``adc_ntc`` a 10 k NTC. ``stop_ringing`` sheds the heaviest load."""

    def __init__(self, adc_5v, adc_ntc, tell, stop_ringing):
        self._adc_5v = adc_5v
        self._adc_ntc = adc_ntc
        self._tell = tell
        self._stop_ringing = stop_ringing
        self._good = True
        self.mv_5v = 5000
        self.celsius = 25

    def measure(self, now):
        """Reads both; tells POWER when the supply fails and when it is back, TEMP while it is too hot."""
        self.mv_5v = self._adc_5v.read_u16() * 6600 // 65535
        self.celsius = celsius(self._adc_ntc.read_u16())
        if self._good and self.mv_5v < BROWN_OUT_MV:
            self._good = False
            self._stop_ringing()
            self._tell(p.NO_PORT, p.EV_POWER, now, self.mv_5v)
        elif not self._good and self.mv_5v > POWER_BACK_MV:
            self._good = True
            self._tell(p.NO_PORT, p.EV_POWER, now, self.mv_5v)
        if self.celsius > MAX_TEMP:
            self._tell(p.NO_PORT, p.EV_TEMP, now, min(127, self.celsius))


def celsius(raw):
    """A 10 k NTC (B 3950) under 10 k to 3.3 V, by its values at 0, 25, 50, 85 and 100 degrees."""
    table = ((50110, 0), (32768, 25), (17370, 50), (6320, 85), (4190, 100))
    if raw >= table[0][0]:
        return 0
    for i in range(1, len(table)):
        high, low = table[i - 1], table[i]
        if raw >= low[0]:
            return low[1] - (raw - low[0]) * (low[1] - high[1]) // (high[0] - low[0])
    return 100
