"""Draws mutants, tries each against the tests of its room and names the survivors. Runs in the copy of the tree.

A mutant inside an annotation is none, for nothing evaluates it, nor is one in a line for the log. The draw is over all
the mutants of the rooms together: a room with more code has more of them.
"""

from __future__ import annotations

import argparse
import ast
import random
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.plugins import get_operator, operator_names
from cosmic_ray.work_item import MutationSpec, TestOutcome

from tools.mutants.rooms import ROOMS, nearest

Span = tuple[tuple[int, int], tuple[int, int]]

HOUSE = Path("firmware/supervisor")
NEAR_S = 240.0  # what is nearest takes seconds; on a machine with other work a minute
SLOWER = 4.0  # than the tests of the unbroken code: it hangs, and has been noticed


def main() -> int:
    """Prints a line a mutant as it is tried, then the share that was noticed. Returns 1 when a room is red unbroken."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rooms", nargs="+")
    parser.add_argument("--number", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--near", action="store_true")
    asked = parser.parse_args()
    there = [(room, mutant) for room in asked.rooms for mutant in _mutants(HOUSE / room)]
    drawn = random.Random(asked.seed).sample(there, min(asked.number, len(there)))
    patience: dict[str, float] = {}
    for room in sorted({room for room, _ in drawn} if not asked.near else ()):
        began = time.monotonic()
        if subprocess.run(_tests(room), stdout=subprocess.DEVNULL, check=False).returncode:
            print(f"{room}: its tests fail before anything is broken", file=sys.stderr)
            return 1
        patience[room] = SLOWER * (time.monotonic() - began)
    print(f"{len(drawn)} of {len(there)} mutants, seed {asked.seed}", flush=True)
    survivors = 0
    for number, (room, mutant) in enumerate(drawn, 1):
        tests = shlex.join(_tests(room, mutant.module_path, near=asked.near))
        result = mutate_and_test([mutant], tests, patience.get(room, NEAR_S))
        noticed = result.test_outcome is not TestOutcome.SURVIVED
        survivors += not noticed
        where = f"{mutant.module_path}:{mutant.start_pos[0]}"
        print(f"{number:4} {'noticed ' if noticed else 'SURVIVED'} {where} {_change(result.diff or '')}", flush=True)
    print(f"noticed {len(drawn) - survivors} of {len(drawn)}")
    return 0


def _tests(room: str, broken: Path | None = None, *, near: bool = False) -> list[str]:
    """The command; the file that mirrors the broken one goes first and alone, then what is nearest to it."""
    parts: list[list[str]] = []
    if broken is not None:
        mirror = Path("tests/supervisor") / room / f"test_{broken.stem}.py"
        parts = [[str(mirror)]] if mirror.exists() else []
        parts.append(nearest(room, broken.relative_to(HOUSE / room).with_suffix("").as_posix()))
    if not near or not parts:
        parts.append(list(ROOMS[room]))
    pytest = ".venv/bin/python -m pytest -q -x -p no:cacheprovider"
    return ["sh", "-c", " && ".join(shlex.join([*pytest.split(), *paths]) for paths in parts)]


def _mutants(folder: Path) -> Iterator[MutationSpec]:
    for module in sorted(folder.rglob("*.py")):
        nothing = list(_unevaluated(ast.parse(module.read_text())))
        tree = get_ast_from_path(module)
        for name in sorted(operator_names()):
            operator = get_operator(name)
            if operator.arguments():
                continue
            places = (place for node in ast_nodes(tree) for place in operator().mutation_positions(node))
            for occurrence, (start, end) in enumerate(places):
                if not any(first <= start and end <= last for first, last in nothing):
                    yield MutationSpec(module, name, occurrence, start, end)


def _unevaluated(tree: ast.AST) -> Iterator[Span]:
    """Where annotations stand, and what is only logged."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
            yield _span(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield _span(node.returns)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log."):
            yield _span(node)


def _span(node: ast.expr) -> Span:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _change(diff: str) -> str:
    """The lines that differ, in one."""
    changed = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return "  ".join(" ".join(line.split()) for line in changed)


if __name__ == "__main__":
    sys.exit(main())
