"""The receptionist's tree: what is refused is named with its path, and what is kept leads every caller to an end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.supervisor.rules.spelling import meant, on_keys
from firmware.supervisor.rules.tree import Tree, TreeError, paths, tree

SAID = {"en": "Hello."}


def menu(*to: str) -> dict[str, Any]:
    return {"kind": "menu", "text": SAID, "options": [{"key": str(key), "to": name} for key, name in enumerate(to, 1)]}


def told(then: str = "") -> dict[str, Any]:
    return {"kind": "information", "text": SAID, "then": then}


MESSAGE = {"kind": "message"}
LUC = {"kind": "user", "name": "Luc Gagnon", "handset": "D"}


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ({"main": menu("sales")}, "main > 1: leads to 'sales', which there is not"),
        ({"main": menu("a"), "a": menu("b"), "b": menu("a")}, "main: goes round for ever"),
        ({"main": menu("a", "m"), "m": MESSAGE, "a": told("b"), "b": told("a")}, "main > 1 > a: goes round for ever"),
        ({"main": MESSAGE, "lost": MESSAGE}, "lost: no caller can come there"),
        ({"main": {"kind": "people"}}, "main: there is nobody to ask for"),
        ({"main": {"kind": "outside", "number": "911"}}, "main: number: expected a full number"),
        ({"main": {"kind": "group", "handsets": ["C", "C"]}}, "main: handsets: expected one at least, each once"),
        ({"main": {"kind": "user", "name": "Luc", "handset": "Q"}}, "main: handset 'Q'"),
        ({"main": menu()}, "main: options: expected 1 to 8"),
        ({"main": {"kind": "menu", "text": {}, "options": []}}, "main: text: expected words in one language"),
        ({"main": {"kind": "mailbox"}}, "main: kind: expected one of menu"),
        ({"main": {**MESSAGE, "ring": 3}}, "main: 'ring': expected kind"),
        ({"Main": MESSAGE}, "node 'Main': expected a name of small letters"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(nodes: dict[str, Any], says: str) -> None:
    with pytest.raises(TreeError) as error:
        tree({"entry": "main", "nodes": nodes})
    assert str(error.value).startswith(says)


def test_menus_may_lead_back_and_people_are_reached_by_name() -> None:
    found = tree({"entry": "main", "nodes": {"main": menu("more", "people"), "more": menu("main"), "people": {"kind": "people"}, "luc": LUC}})  # fmt: skip  # noqa: E501
    assert paths(found)["luc"] == "main > 2 > people > a name > luc"


def test_a_status_has_a_node_of_its_own() -> None:
    data = {"entry": "main", "by_status": {"weekend": "night"}, "nodes": {"main": menu("night"), "night": MESSAGE}}
    found = tree(data)
    assert (found.begins("weekend"), found.begins("working")) == ("night", "main")
    with pytest.raises(TreeError, match="by_status weekend: leads to 'day'"):
        tree({**data, "by_status": {"weekend": "day"}})


names = st.sampled_from("abcde")
nodes = st.one_of(
    st.lists(names, min_size=1, max_size=4).map(lambda to: menu(*to)),
    st.builds(told, st.one_of(st.just(""), names)),
    st.just(MESSAGE),
    st.just({"kind": "people"}),
    st.just(LUC),
)


@given(st.dictionaries(names, nodes, min_size=1, max_size=5))
def test_whatever_is_kept_leads_every_caller_to_an_end(drawn: dict[str, Any]) -> None:
    """Judged by walking: from every node that a caller can come to, some way ends, and no telling repeats itself."""
    try:
        found = tree({"entry": "a", "nodes": drawn})
    except TreeError as error:
        assert str(error)
        return
    assert set(paths(found)) == set(found.nodes)
    for name in found.nodes:
        assert _ends(found, name, set()), name
        here, steps = name, 0
        while found.nodes[here].kind == "information" and found.nodes[here].then:
            here, steps = found.nodes[here].then, steps + 1
            assert steps <= len(found.nodes)


def _ends(found: Tree, name: str, seen: set[str]) -> bool:
    node = found.nodes[name]
    to = [option.to for option in node.options] + ([node.then] if node.then else [])
    to += list(found.people) if node.kind == "people" else []
    return not to or any(_ends(found, one, seen | {name}) for one in to if one not in seen)


def test_names_on_the_keys() -> None:
    people = {"a": "Anna Martin", "l": "Luc Gagnon", "e": "Élise St-Onge"}
    assert on_keys("Élise") == "35473"
    assert meant("582", people) == ["l"]
    assert meant("424", people) == ["l"]  # his second name
    assert meant("78", people) == ["e"]
    assert meant("627", people) == ["a"]
    assert meant("", people) == []
