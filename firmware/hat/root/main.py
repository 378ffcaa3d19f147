"""What MicroPython starts where the program is frozen into it (``manifest.py``); else ``boot.py`` lies here."""

from hat import boot

boot.run("")
