from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from drivers.clock import SampleLoop

Body = Callable[[SampleLoop], Coroutine[Any, Any, None]]


@pytest.fixture
def on_loop() -> Iterator[Callable[[Body], None]]:
    loop = SampleLoop()

    def run(body: Body) -> None:
        loop.run_until_complete(body(loop))

    yield run
    loop.close()
