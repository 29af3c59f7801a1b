# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Action, Plan, compare_tags, differing


@pytest.mark.parametrize(
    ("action", "line"),
    [
        (Action("routes", "create", "route r"), "+ create route r"),
        (Action("routes", "create", "route r", after="pcx-1"), "+ create route r: pcx-1"),
        (Action("role", "create", "role r", after={"trust": ["a", "b"]}), "+ create role r: trust=[a, b]"),
        (Action("vpc", "change", "VPC v", {"dns": False}, {"dns": True}), "~ change VPC v: dns=False -> dns=True"),
        (Action("vpc", "change", "VPC v", None, "x", "so"), "~ change VPC v: nothing -> x (so)"),
        (Action("vpc", "change", "VPC v", {}, []), "~ change VPC v: nothing -> []"),
        (Action("vpc", "remove", "VPC v", before="x"), "- remove VPC v"),
        (Action("vpc", "conflict", "VPC v", why="no way"), "! conflict VPC v (no way)"),
        (Action("vpc", "warning", "VPC v", why="look"), "? warning VPC v (look)"),
        (Action("vpc", "wait", "VPC v", why="for B"), ". wait VPC v (for B)"),
        (Action("orphans", "keep", "consumer c"), "= keep consumer c"),
    ],
    ids=lambda value: value.kind if isinstance(value, Action) else None,
)
def test_an_action_reads_like_one_of_terraform(action: Action, line: str) -> None:
    assert action.line() == line


def plan(*kinds: str) -> Plan:
    made = Plan("account X")
    for number, kind in enumerate(kinds):
        made.add(f"concern{number % 2}", kind, f"thing {number}", why="why")
    return made


@pytest.mark.parametrize(
    ("kinds", "head"),
    [
        ([], "account X: nothing to change"),
        (["warning", "wait", "keep"], "account X: nothing to change"),
        (["create", "create", "change", "remove"], "account X: 2 to create, 1 to change, 1 to remove"),
        (["create", "conflict"], "account X: refused, nothing has been written"),
    ],
)
def test_the_first_line_sums_up(kinds: list[str], head: str) -> None:
    lines = plan(*kinds).lines()
    assert lines[0] == head
    assert len(lines) == 1 + len(kinds)
    assert all(line.startswith("  ") for line in lines[1:])


def test_concerns_are_those_with_something_to_write_in_order() -> None:
    made = Plan("x")
    for concern, kind in (("b", "wait"), ("c", "remove"), ("a", "create"), ("c", "change"), ("d", "conflict")):
        made.add(concern, kind, "thing")
    assert made.concerns() == ["c", "a"]


def test_the_result_is_plain_data() -> None:
    made = Plan("x")
    made.add("role", "create", "role r", after=1)
    made.conflict("vpc", "VPC v", "overlaps")
    made.warn("acl", "ACL a", "blocks")
    made.wait_for("peering", "pcx", "pending")
    made.writes["role"] = {"name": "r"}
    result = made.result(document=None)
    assert result.pop("lines") == made.lines()
    assert [item["kind"] for item in result.pop("actions")] == ["create", "conflict", "warning", "wait"]
    assert result == {
        "side": "x",
        "changes": 1,
        "concerns": ["role"],
        "conflicts": ["VPC v: overlaps"],
        "warnings": ["ACL a: blocks"],
        "waiting_for": ["pcx: pending"],
        "writes": {"role": {"name": "r"}},
        "document": None,
    }


@pytest.mark.parametrize(
    ("current", "wanted", "stale"),
    [
        ({}, {}, {}),
        ({"a": 1, "theirs": 2}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": None}),
        ({}, {"a": None}, {}),
    ],
)
def test_differing(current: dict[str, Any], wanted: dict[str, Any], stale: dict[str, Any]) -> None:
    assert differing(current, wanted) == stale


def test_tags_of_others_do_not_count() -> None:
    made = Plan("x")
    assert not compare_tags(made, "vpc", "VPC v", {"a": "1", "theirs": "x"}, {"a": "1"})
    assert made.actions == []
    assert compare_tags(made, "vpc", "VPC v", {"a": "1", "theirs": "x"}, {"a": "2", "b": "3"})
    expected = Action("vpc", "change", "tags of VPC v", {"a": "1", "b": None}, {"a": "2", "b": "3"})
    assert made.actions == [expected]
