"""Draws the schematic from the netlist: ``python -m hardware.schematic > hardware/schematic.svg``.

Parts of many pins are boxes with every pin and the net it is on, laid out in columns by height; resistors, capacitors
and other two-pin parts stand in a list beside them, as net - part - net. The same tables give the same picture, byte by
byte, so that a test can tell when it is out of date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from hardware import tables
from hardware.tables import Part

WIDTH = 1640
COLUMN, GAP = 300, 28
ROW = 13
TITLE = 30
SMALL_PINS = 2  # parts of up to this many pins go into the list

_STYLE = (
    "text{font:10px monospace;fill:#222}.t{font:bold 12px sans-serif}.n{fill:#06c}.s{font:11px sans-serif;fill:#666}"
    "rect{fill:#fffdf5;stroke:#555}.h{font:bold 20px sans-serif}line{stroke:#999}"
)


def order(ref: str) -> tuple[str, int, str]:
    """References in the order people read them: C2 before C10."""
    found = re.match(r"([A-Z]+)(\d*)(.*)", ref)
    if found is None:
        raise tables.TableError(f"bom.csv: {ref!r} is no reference")
    return found[1], int(found[2] or 0), found[3]


def pins_of(ref: str) -> list[tuple[str, str]]:
    """A part's (pin, net) pairs, in the order of their names."""
    found = [(pin, net) for net, ends in tables.nets().items() for part, pin in ends if part == ref]
    return sorted(found, key=lambda pair: [int(bit) if bit.isdigit() else bit for bit in re.split(r"(\d+)", pair[0])])


def text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    """One line of text."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def box(part: Part, x: float, y: float) -> tuple[list[str], float]:
    """A part of many pins at (x, y): half of its pins on either side; its drawing and its height."""
    pins = pins_of(part.ref)
    half = (len(pins) + 1) // 2
    height = TITLE + half * ROW + 6
    shapes = [f'<rect x="{x + 92:g}" y="{y:g}" width="116" height="{height:g}"/>']
    shapes.append(text(x + 150, y + 13, part.ref, "t", "middle"))
    shapes.append(text(x + 150, y + 25, part.part[:19], "s", "middle"))
    for index, (pin, net) in enumerate(pins):
        left = index < half
        at = y + TITLE + (index % half if left else index - half) * ROW + 8
        edge, outward = (x + 92, -1) if left else (x + 208, 1)
        anchor, inner = ("end", "start") if left else ("start", "end")
        shapes.append(f'<line x1="{edge:g}" y1="{at - 3:g}" x2="{edge + 8 * outward:g}" y2="{at - 3:g}"/>')
        shapes.append(text(edge + 10 * outward, at, "open" if net.startswith("NC_") else net[:15], "n", anchor))
        shapes.append(text(edge - 4 * outward, at, pin[:9], "", inner))
    return shapes, height


def listed(part: Part) -> str:
    """A small part in one line: net - reference value - net."""
    nets = [net for _, net in pins_of(part.ref)]
    value = " ".join(filter(None, (part.ref, part.value or part.part)))
    return f"{nets[0]} - {value} - {nets[1]}" if len(nets) == SMALL_PINS else f"{nets[0]} - {value}"


def columns(parts: Iterable[Part]) -> tuple[list[str], float]:
    """The boxes in columns, each new one in the column that is shortest; the drawing and its lower end."""
    ends = [60.0] * 5
    shapes: list[str] = []
    for part in sorted(parts, key=lambda one: (-one.pins, order(one.ref))):
        column = ends.index(min(ends))
        drawn, height = box(part, 20 + column * (COLUMN + GAP), ends[column])
        shapes += drawn
        ends[column] += height + GAP
    return shapes, max(ends)


def svg() -> str:
    """The whole picture."""
    parts = sorted(tables.parts().values(), key=lambda part: order(part.ref))
    shapes, end = columns(part for part in parts if part.pins > SMALL_PINS)
    small = [listed(part) for part in parts if part.pins <= SMALL_PINS]
    rows = -(-len(small) // 4)
    for index, line in enumerate(small):
        shapes.append(text(24 + index // rows * 400, end + 20 + index % rows * ROW, line[:58]))
    height = end + 40 + rows * ROW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" viewBox="0 0 {WIDTH} {height:g}">'
        f"<title>LineHAT-4, drawn from netlist.csv</title><style>{_STYLE}</style>"
        f'<rect width="{WIDTH}" height="{height:g}" style="fill:#fff;stroke:none"/>'
    )
    return "\n".join([head, text(20, 36, "LineHAT-4", "h"), *shapes, "</svg>"]) + "\n"


if __name__ == "__main__":
    print(svg(), end="")
