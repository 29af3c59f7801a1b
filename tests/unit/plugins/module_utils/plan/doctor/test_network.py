# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of the network against one that asks for every single address and port."""

from __future__ import annotations

import ipaddress
import random
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.addresses import common, merged, remaining
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.network import lookup, refused
from ansible_collections.dax.cross_account.plugins.module_utils.plan.network_acls import denied
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

BLOCK = "10.0.0.0/27"
SIX = "2001:db8::/123"
LISTS = {"pl-1": ["10.0.0.8/29", "2001:db8::8/125"], "pl-2": ["10.0.0.0/28", "10.0.0.16/30"]}


def addresses(*blocks: str) -> set[str]:
    return {str(item) for block in blocks for item in ipaddress.ip_network(block)}


def part(dice: random.Random, whole: str) -> str:
    """A random block around or within ``whole``."""
    if dice.random() < 0.1:
        return "0.0.0.0/0" if "." in whole else "::/0"
    network = ipaddress.ip_network(whole)
    prefix = dice.randint(network.prefixlen - 2, network.max_prefixlen)
    address = dice.choice([str(item) for item in network])
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


@pytest.mark.parametrize("whole", [BLOCK, SIX])
def test_parts_of_blocks(whole: str) -> None:
    dice = random.Random(1)
    for _number in range(150):
        blocks = [part(dice, whole) for _number in range(dice.randint(1, 3))]
        blocks = [block for block in blocks if not block.endswith("/0")] or [whole]
        taken = [part(dice, whole) for _number in range(dice.randint(0, 3))]
        inside = {item for item in addresses(*blocks) for block in taken if _in(item, block)}
        assert addresses(*remaining(blocks, taken)) == addresses(*blocks) - inside
        assert addresses(*common(blocks, taken)) == inside
        assert addresses(*merged(blocks)) == addresses(*blocks)


def test_families_do_not_meet() -> None:
    assert remaining([BLOCK, SIX], ["0.0.0.0/0"]) == [SIX]
    assert common([BLOCK], ["::/0"]) == []
    assert merged([SIX, "10.0.0.0/28", "10.0.0.16/28"]) == [BLOCK, SIX]


@pytest.mark.parametrize("whole", [BLOCK, SIX])
def test_the_longest_prefix_wins_then_the_origin(whole: str) -> None:
    """Source of the order: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html"""
    dice = random.Random(2)
    for _number in range(150):
        routes: dict[tuple[str, str], Any] = {}
        for at in range(dice.randint(0, 6)):
            origin = dice.choice(["CreateRoute", "CreateRoute", "EnableVgwRoutePropagation"])
            destination = dice.choice([part(dice, whole), part(dice, whole), "pl-1"])
            origin = "CreateRoute" if destination == "pl-1" else origin
            routes.setdefault((destination, origin), build.route(destination, f"tgw-{at}", origin=origin))
        table = build.table("rtb-1", *routes.values())
        found = lookup(table, [whole], LISTS)
        told = {
            item: hop.route["target_id"] if hop.route else None for hop in found.hops for item in addresses(*hop.parts)
        }
        assert found.unknown == []
        assert told == {item: _target(item, list(routes.values())) for item in addresses(whole)}


def _target(address: str, routes: list[dict[str, Any]]) -> str | None:
    taking = []
    for route in routes:
        listed, static = route["destination"] == "pl-1", route["origin"] == "CreateRoute"
        for block in LISTS["pl-1"] if listed else [route["destination"]]:
            if _in(address, block):
                weight = (ipaddress.ip_network(block).prefixlen, 1 if listed else 2 if static else 0)
                taking.append((weight, route["target_id"]))
    return max(taking)[1] if taking else None


def test_lists_that_are_not_known_are_named() -> None:
    routes = [build.route("pl-9", "tgw-1"), build.route("pl-8", "vpce-1"), build.route(BLOCK, "pcx-1")]
    found = lookup(build.table("rtb-1", *routes), [BLOCK], LISTS)
    assert ([hop.parts for hop in found.hops], found.unknown) == ([[BLOCK]], [routes[0]])
    rules = [build.rule(prefix_list_id="pl-9"), build.rule(cidr_ip="10.0.0.0/28")]
    assert refused(rules, False, 8111, [BLOCK], [], LISTS) == (["10.0.0.16/28"], ["pl-9"])


@pytest.mark.parametrize("whole", [BLOCK, SIX])
def test_security_groups(whole: str) -> None:
    dice = random.Random(3)
    key = "cidr_ip" if whole == BLOCK else "cidr_ipv6"
    for _number in range(150):
        rules = []
        for _number in range(dice.randint(0, 5)):
            source = dice.choice([{key: part(dice, whole)}, {key: part(dice, whole)}, {"prefix_list_id": "pl-1"}])
            low = dice.choice([0, 8111, 8112, 22])
            span = {"from_port": low, "to_port": dice.choice([low, 9000, 65535])}
            shape = dice.choice([span, span, span, {"protocol": "-1", "from_port": -1, "to_port": -1}])
            rules.append(build.rule(**{**source, **shape, "egress": dice.random() < 0.2}))
        found = refused(rules, False, 8111, [whole], ["sg-b"], LISTS)
        passing = [rule for rule in rules if not rule["egress"] and _passes(rule)]
        blocks = [block for rule in passing for block in ([rule[key]] if rule[key] else LISTS["pl-1"])]
        inside = {item for item in addresses(whole) if any(_in(item, block) for block in blocks)}
        assert addresses(*found.parts) == addresses(whole) - inside


def _passes(rule: dict[str, Any]) -> bool:
    return rule["protocol"] == "-1" or rule["from_port"] <= 8111 <= rule["to_port"]


@pytest.mark.parametrize(
    ("more", "passes"),
    [
        ({"source_group_id": "sg-b"}, True),
        ({"source_group_id": "sg-b", "protocol": "-1", "from_port": -1, "to_port": -1}, True),
        ({"source_group_id": "sg-b", "from_port": 8000, "to_port": 9000}, True),
        ({"source_group_id": "sg-x"}, False),
        ({"source_group_id": "sg-b", "egress": True}, False),
        ({"source_group_id": "sg-b", "protocol": "udp"}, False),
        ({"source_group_id": "sg-b", "from_port": 8112, "to_port": 8112}, False),
        ({"source_group_id": "sg-b", "protocol": "icmp", "from_port": -1, "to_port": -1}, False),
    ],
)
def test_rules_that_name_a_group(more: dict[str, Any], passes: bool) -> None:
    found = refused([build.rule(**more)], False, 8111, [BLOCK, SIX], ["sg-b"], {})
    assert found.parts == ([] if passes else [BLOCK, SIX])


def test_network_acls() -> None:
    dice, ports = random.Random(4), (100, 109)
    for _number in range(150):
        entries = []
        for number in dice.sample(range(1, 30), dice.randint(0, 6)):
            low = dice.randint(95, 109)
            span: dict[str, Any] = {"protocol": "6", "from_port": low, "to_port": dice.randint(low, 112)}
            shape = dice.choice([span, span, {}, {"protocol": "17"}])
            egress, allow = dice.random() < 0.2, dice.random() < 0.6
            entries.append(build.entry(number, part(dice, BLOCK), egress, allow, **shape))
        found = denied(build.acl(*entries), False, [BLOCK], ports)
        ordered = sorted(entries, key=lambda item: item["rule_number"])
        truth = {
            (item, port): number
            for item in addresses(BLOCK)
            for port in range(100, 110)
            if (number := _first_denial(ordered, item, port))
        }
        # Each thing that is stopped is told with its rule. The span of ports of one telling may have gaps.
        assert bool(found) == bool(truth)
        for (item, port), number in truth.items():
            telling = [one for one in found if one.rule_number == number and one.ports[0] <= port <= one.ports[1]]
            assert any(item in addresses(*one.blocks) for one in telling)
        assert {one.rule_number for one in found} == set(truth.values())


def _first_denial(entries: list[dict[str, Any]], address: str, port: int) -> int:
    for entry in entries:
        low, high = (0, 65535) if entry["protocol"] == "-1" else (entry["from_port"], entry["to_port"])
        tcp_in = not entry["egress"] and entry["protocol"] in ("-1", "6")
        if tcp_in and _in(address, entry["cidr_block"]) and low <= port <= high:
            return 0 if entry["allow"] else int(entry["rule_number"])
    return 32767


def _in(address: str, block: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(block)
