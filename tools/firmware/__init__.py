"""Builds the HAT's image: ``python -m tools.firmware`` (``make firmware``).

MicroPython for our board with our program frozen in, from Debian trixie's own packages (``sources.py``), by Debian's
own compiler; the result is ``build/hat/frontdesk-hat.uf2``. The same sources, program and compiler give the same file,
bit for bit, in whatever folder and on whatever day. Nothing of what is fetched or made is in the repository.
"""
