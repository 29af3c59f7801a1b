# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Plan
from ansible_collections.dax.cross_account.plugins.module_utils.plan.network_acls import check_acls
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import resource
from ansible_collections.dax.cross_account.plugins.module_utils.plan.stages import A
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import acl, entry

DEST = "10.1.0.0/24"
TCP: dict[str, Any] = {"protocol": "6"}
ALL_OUT = entry(100, "0.0.0.0/0", egress=True)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        pytest.param([entry(100, "0.0.0.0/0"), ALL_OUT], [], id="all allowed"),
        pytest.param([], ["from: the default rule", "to: the default rule"], id="nothing allowed"),
        pytest.param([ALL_OUT], ["from: the default rule"], id="no way in"),
        pytest.param([entry(100, "0.0.0.0/0")], ["to: the default rule"], id="no way back"),
        pytest.param([entry(100, DEST, from_port=8111, to_port=8111, **TCP), ALL_OUT], [], id="just the port"),
        pytest.param([entry(100, "10.1.0.0/16", from_port=8000, to_port=9000, **TCP), ALL_OUT], [], id="a range"),
        pytest.param(
            [entry(100, DEST, from_port=9111, to_port=9111, **TCP), ALL_OUT], ["from: the default rule"], id="TLS only"
        ),
        pytest.param(
            [entry(100, "10.1.0.0/25", from_port=8111, to_port=8111, **TCP), ALL_OUT],
            ["from: the default rule"],
            id="half of the block",
        ),
        pytest.param([entry(90, DEST, allow=False), entry(100, "0.0.0.0/0"), ALL_OUT], ["from: rule 90"], id="denied"),
        pytest.param([entry(100, "0.0.0.0/0"), entry(110, DEST, allow=False), ALL_OUT], [], id="denied too late"),
        pytest.param(
            [entry(90, "10.1.0.7/32", allow=False), entry(100, "0.0.0.0/0"), ALL_OUT],
            ["from: rule 90"],
            id="one host denied",
        ),
        pytest.param(
            [entry(90, DEST, allow=False, from_port=22, to_port=22, **TCP), entry(100, "0.0.0.0/0"), ALL_OUT],
            [],
            id="another port denied",
        ),
        pytest.param(
            [entry(90, DEST, allow=False, protocol="17"), entry(100, "0.0.0.0/0"), ALL_OUT], [], id="UDP denied"
        ),
        pytest.param(
            [entry(100, "0.0.0.0/0"), entry(100, DEST, egress=True, from_port=32768, to_port=65535, **TCP)],
            ["to: the default rule"],
            id="a part of the ephemeral ports",
        ),
        pytest.param(
            [entry(100, "0.0.0.0/0"), entry(100, DEST, egress=True, from_port=1024, to_port=65535, **TCP)],
            [],
            id="all ephemeral ports",
        ),
        pytest.param([entry(100, "::/0"), ALL_OUT], ["from: the default rule"], id="only IPv6 allowed"),
    ],
)
def test_acls_that_stop_the_traffic_are_reported(entries: list[dict[str, Any]], found: list[str]) -> None:
    plan = Plan(A)
    subnets = [build.subnet("subnet-1", "10.0.1.0/24")]
    check_acls(plan, [acl(*entries)], subnets, [DEST], (8111, 8111), (1024, 65535))
    lines = plan.result()["warnings"]
    assert plan.writes == {} and plan.steps() == []
    assert len(lines) == len(found)
    for line, expected in zip(lines, found, strict=True):
        way, cause = expected.split(": ")
        ports = "8111" if way == "from" else "1024-65535"
        assert line.startswith(f"network ACL acl-1: TCP {ports} {way} {DEST} is not allowed ({cause}")


def test_ipv6_entries_count_for_ipv6_blocks() -> None:
    plan = Plan(A)
    subnets = [build.subnet("subnet-1", "10.0.1.0/24")]
    one = acl(entry(100, "::/0"), entry(100, "::/0", egress=True), entry(32768, "::/0", allow=False))
    check_acls(plan, [one], subnets, ["2001:db8::/56"], (8111, 8111), (1024, 65535))
    assert plan.actions == []


def test_one_acl_is_reported_once_and_acls_of_other_subnets_not_at_all() -> None:
    plan = Plan(A)
    subnets = [build.subnet("subnet-1", "10.0.1.0/24"), build.subnet("subnet-2", "10.0.2.0/24")]
    acls = [acl(subnets=("subnet-1", "subnet-2")), acl(acl_id="acl-2", subnets=("subnet-9",))]
    check_acls(plan, acls, subnets, [DEST], (8111, 8111), (1024, 65535))
    assert [action.resource for action in plan.actions] == [resource("network_acl", network_acl_id="acl-1")] * 2
