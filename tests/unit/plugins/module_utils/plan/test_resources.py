# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan import resources
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import UNKNOWN, Resource, resource

SENTENCES = sorted((kind, tuple(sorted(parts))) for kind, parts in resources._BY_PARTS)


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the plan wing, with the name of what is called."""
    for path in Path(resources.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield getattr(node.func, "id", getattr(node.func, "attr", "")), node


def literal(node: ast.Call) -> str | None:
    """The first argument, where it is a text."""
    first = node.args[0] if node.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def test_every_sentence_has_a_use() -> None:
    used = {
        (literal(node), tuple(sorted(str(keyword.arg) for keyword in node.keywords)))
        for name, node in calls()
        if name == "resource" and literal(node)
    }
    assert used == set(SENTENCES)


def test_every_attribute_has_a_use() -> None:
    used = {literal(node) for name, node in calls() if name == "of" and literal(node)}
    assert used == set(resources._ATTRIBUTES)


@pytest.mark.parametrize(
    ("kind", "parts"), SENTENCES, ids=lambda value: value if isinstance(value, str) else "-".join(value)
)
def test_every_sentence_names_its_parts(kind: str, parts: tuple[str, ...]) -> None:
    given = {part: f"<{part}>" for part in parts}
    made = resource(kind, **given)
    assert [value for value in given.values() if value not in made.words] == []
    assert made.id == "/".join(given.values())
    assert str(made) == made.words


@pytest.mark.parametrize("attribute", sorted(resources._ATTRIBUTES))
def test_an_attribute_has_the_identity_of_its_resource(attribute: str) -> None:
    whole = resource("role", name="r")
    part = whole.of(attribute)
    assert (part.type, part.id, part.attribute) == ("role", "r", attribute)
    assert "role r" in part.words and part.words != whole.words
    assert part != whole


def test_a_part_that_is_not_known_yet_says_so() -> None:
    made = resource("peering_connection", id=None, consumer="c")
    assert made.words == f"peering connection {UNKNOWN} of c"
    assert made.id == f"{UNKNOWN}/c"


def test_parts_are_text_and_keep_the_order_in_which_they_are_given() -> None:
    assert resource("rule", group_id="sg-1", port=8111, source="sg-2").id == "sg-1/8111/sg-2"


def test_the_same_resource_is_equal_and_can_be_a_key() -> None:
    assert {resource("vpc", vpc_id="v")} == {resource("vpc", vpc_id="v")}
    assert resource("vpc", vpc_id="v") != resource("vpc", name="v")


@pytest.mark.parametrize(
    ("kind", "parts", "says"),
    [
        ("volcano", {"name": "x"}, "no words for volcano with name"),
        ("vpc", {}, "no words for vpc with nothing"),
        ("vpc", {"id": "x"}, "no words for vpc with id"),
        ("vpc", {"vpc_id": "x", "name": "y"}, "no words for vpc with vpc_id, name"),
        ("route", {"route_table_id": "x"}, "no words for route with route_table_id"),
    ],
)
def test_unknown_parts_raise(kind: str, parts: dict[str, str], says: str) -> None:
    with pytest.raises(KeyError, match=says):
        resource(kind, **parts)


def test_an_unknown_attribute_has_no_words() -> None:
    with pytest.raises(KeyError):
        assert Resource("role", (("name", "r"),)).of("colour").words
