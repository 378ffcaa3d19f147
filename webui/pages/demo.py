"""Demo mode: a sentence to the virtual board, from Home. On a real box there is no board socket and no such form."""

from __future__ import annotations

from firmware.supervisor.store.errors import NotFound
from webui.access import Site
from webui.board_client import tell_board
from webui.pages.home import page
from webui.visit import Visit

site = Site()


@site.post("/demo", access="user")
def say(visit: Visit) -> str:
    if visit.web.board is None:
        raise NotFound("demo")
    sentence = visit.form.text("sentence", 300)
    try:
        done, answer = tell_board(visit.web.board, sentence or "help")
    except (OSError, ValueError) as error:
        done, answer = False, f"{visit.t('demo.no_board')} ({error})"
    return page(visit, demo_sentence="" if done else sentence, demo_answer=answer)
