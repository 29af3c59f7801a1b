# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Literal

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.compare import (
    changed_tags,
    compare_peering,
    compare_route,
    compare_rule,
    differing,
    is_terminal,
    surplus_tags,
    text_tags,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    our_rule,
    peering,
    route,
)


@pytest.mark.parametrize(
    ("current", "desired", "stale"),
    [
        ({}, {}, {}),
        ({"a": 1, "theirs": 2}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": None}),
        ({}, {"a": None}, {}),
    ],
)
def test_differing(current: dict[str, Any], desired: dict[str, Any], stale: dict[str, Any]) -> None:
    assert differing(current, desired) == stale


def test_tags_to_set_are_those_that_are_missing_or_differ() -> None:
    assert changed_tags({"a": "1", "theirs": "x"}, {"a": "1"}) == {}
    assert changed_tags({"a": "1", "theirs": "x"}, {"a": "2", "b": "3"}) == {"a": "2", "b": "3"}


@pytest.mark.parametrize(
    ("found", "target", "verdict"),
    [
        pytest.param(None, "pcx-1", "missing", id="missing"),
        pytest.param(route(BLOCK_B), "pcx-1", "present", id="present"),
        pytest.param(route(BLOCK_B, state="blackhole"), "pcx-1", "present", id="present, blackhole"),
        pytest.param(route(BLOCK_B), None, "unmanaged", id="target not made yet"),
        pytest.param(route(BLOCK_B, "local"), "pcx-1", "local", id="local"),
        pytest.param(route(BLOCK_B, "pcx-0", "blackhole"), "pcx-1", "stale", id="blackhole, terminal"),
        pytest.param(route(BLOCK_B, "pcx-2", "blackhole"), "pcx-1", "unmanaged", id="blackhole, pending"),
        pytest.param(route(BLOCK_B, "pcx-0"), "pcx-1", "unmanaged", id="terminal, still shown as active"),
        pytest.param(route(BLOCK_B, "nat-0", "blackhole"), "pcx-1", "unmanaged", id="blackhole, no peering"),
    ],
)
def test_routes(found: Any, target: str | None, verdict: str) -> None:
    others = [route("10.1.0.0/25"), route("0.0.0.0/0", "igw-1")]
    state = compare_route([*others, *([found] if found else [])], BLOCK_B, target, lambda target_id: "0" in target_id)
    assert (state.verdict, state.found) == (verdict, found)


@pytest.mark.parametrize(
    ("more", "found", "redescribe", "tags"),
    [
        pytest.param({}, True, False, False, id="as desired"),
        pytest.param({"description": "x"}, True, True, False, id="description"),
        pytest.param({"tags": {}}, True, False, True, id="tags"),
        pytest.param({"source_user_id": None}, True, False, False, id="owner of the group not shown"),
        pytest.param({"egress": True}, False, False, True, id="outbound"),
        pytest.param({"protocol": "udp"}, False, False, True, id="protocol"),
        pytest.param({"to_port": 8112}, False, False, True, id="ports"),
        pytest.param({"source": "sg-c"}, False, False, True, id="source"),
    ],
)
def test_rules(more: dict[str, Any], found: bool, redescribe: bool, tags: bool) -> None:
    desired: Any = our_rule()
    current: Any = our_rule(**more)
    state = compare_rule([current], desired)
    assert (state.found is current, state.redescribe) == (found, redescribe)
    assert state.tags == (desired["tags"] if tags else {})


@pytest.mark.parametrize("side", ["requester", "accepter"])
@pytest.mark.parametrize(
    ("current", "desired", "setting"),
    [
        (None, None, None),
        (True, None, None),
        (None, False, None),
        (True, True, None),
        (None, True, True),
        (True, False, False),
    ],
)
def test_dns_resolution_of_one_side(
    side: Literal["requester", "accepter"], current: bool | None, desired: bool | None, setting: bool | None
) -> None:
    one: Any = peering()
    one[side]["dns_resolution"] = current
    assert compare_peering(one, side, None, desired).dns_resolution is setting


def test_tags_of_a_peering() -> None:
    one: Any = peering(tags={"a": "1", "theirs": "x"})
    assert compare_peering(one, "accepter", {"a": "2"}, None).tags == {"a": "2"}
    assert compare_peering(one, "accepter", {"a": "1"}, None).tags == {}
    assert compare_peering(one, "accepter", None, None).tags == {}


def test_tags_that_only_the_resource_has_and_tags_as_text() -> None:
    assert surplus_tags({"a": "1", "b": "2", "aws:x": "y"}, {"b": "3"}) == ["a"]
    assert text_tags({"a": 1, "b": True, "c": "x"}) == {"a": "1", "b": "True", "c": "x"}


@pytest.mark.parametrize(("code", "terminal"), [("active", False), ("pending-acceptance", False), ("expired", True)])
def test_terminal_states(code: str, terminal: bool) -> None:
    one: Any = peering(status=code)
    assert is_terminal(one) is terminal
