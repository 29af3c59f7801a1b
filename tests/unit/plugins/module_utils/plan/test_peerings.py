# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Plan
from ansible_collections.dax.cross_account.plugins.module_utils.plan.peerings import (
    best_peering,
    check_overlap,
    connection,
    is_open,
    joins,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import resource
from ansible_collections.dax.cross_account.plugins.module_utils.plan.stages import A
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import peering


@pytest.mark.parametrize(
    ("ours", "theirs", "named"),
    [
        pytest.param(["10.0.0.0/16"], ["10.1.0.0/24"], [], id="apart"),
        pytest.param(["10.0.0.0/16"], ["10.0.1.0/24"], [("10.0.0.0/16", "10.0.1.0/24")], id="overlap"),
        pytest.param(
            ["10.0.0.0/16", "100.64.0.0/16"], ["100.64.0.0/24"], [("100.64.0.0/16", "100.64.0.0/24")], id="secondary"
        ),
        pytest.param(["2001:db8::/56"], ["2001:db8::/56"], [("2001:db8::/56", "2001:db8::/56")], id="IPv6"),
    ],
)
def test_overlaps_name_both_blocks_and_the_variable(
    ours: list[str], theirs: list[str], named: list[tuple[str, str]]
) -> None:
    plan = Plan(A)
    check_overlap(plan, ours, theirs, "the_variable")
    conflicts = plan.result()["conflicts"]
    assert len(conflicts) == len(named)
    for line, action, (left, right) in zip(conflicts, plan.actions, named, strict=True):
        assert action.resource == resource("cidr_block", block=left)
        assert left in line and right in line and "the_variable" in line


STATUSES = ["initiating-request", "pending-acceptance", "provisioning", "active"]
TERMINAL = ["failed", "expired", "rejected", "deleting", "deleted"]


@pytest.mark.parametrize("status", STATUSES + TERMINAL)
def test_open(status: str) -> None:
    assert is_open(peering(status=status)) is (status in STATUSES)


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        ([], None),
        (TERMINAL, None),
        (["pending-acceptance", "active"], 1),
        (["active", "active"], 0),
        (["pending-acceptance", "provisioning"], 1),
        (["initiating-request", "pending-acceptance"], 1),
        (["deleted", "pending-acceptance", "failed"], 1),
    ],
)
def test_the_best_peering_is_the_one_nearest_to_active(statuses: list[str], best: int | None) -> None:
    found = [peering(f"pcx-{number}", status) for number, status in enumerate(statuses)]
    expected = found[best] if best is not None else None
    assert best_peering(found) == expected
    assert best_peering(reversed(found)) == expected


@pytest.mark.parametrize("swapped", [False, True])
def test_a_peering_joins_two_vpcs_in_either_direction(swapped: bool) -> None:
    one = peering(swapped=swapped)
    assert joins(one, build.VPC_A, build.VPC_B)
    assert joins(one, build.VPC_B, build.VPC_A)
    assert not joins(one, build.VPC_A, "vpc-c")
    assert not joins(one, None, build.VPC_B)


def test_a_connection_names_only_what_is_to_be_set() -> None:
    assert connection("pcx-1") == {"id": "pcx-1"}
    assert connection("pcx-1", "accepter", {}, None) == {"id": "pcx-1", "side": "accepter"}
    whole = connection("pcx-1", "requester", {"a": "b"}, dns_resolution=False)
    assert whole == {"id": "pcx-1", "side": "requester", "tags": {"a": "b"}, "dns_resolution": False}
