# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_A,
    VPC_A,
    adopted_b,
    built_b,
    facts_b,
    peering,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    modules,
    plan,
)

REQUEST = {
    "state": "present",
    "vpc_id": "vpc-b",
    "peer_vpc_id": VPC_A,
    "peer_owner_id": build.A,
    "peer_region": build.REGION,
    "tags": NAMED,
    "purge_tags": False,
}
NEW = f"peering_connection:{VPC_A}/{build.A}"
PCX = "peering_connection:pcx-1"
# What a request of account A has to be when account B accepts it.
ENDS: dict[str, Any] = {"requester_owner_id": build.A, "requester_vpc_id": VPC_A}


def settings(state: str = "present", timeout: int = 600, **entry: Any) -> dict[str, Any]:
    return {"connections": [{"id": "pcx-1", **entry}], "state": state, "wait_timeout": timeout}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("initiating-request", ["wait"]),
        ("pending-acceptance", ["wait"]),
        ("provisioning", ["wait"]),
        ("active", []),
        ("failed", ["create"]),
        ("expired", ["create"]),
        ("rejected", ["create"]),
        ("deleting", ["create"]),
        ("deleted", ["create"]),
    ],
)
def test_peerings(status: str, kinds: list[str], swapped: bool) -> None:
    facts = built_b(peerings=[peering(status=status, swapped=swapped, tags=NAMED)])
    facts["route_tables"][0]["routes"][-1]["state"] = "active" if status == "active" else "blackhole"
    result = plan(facts)
    terminal = kinds == ["create"]
    if kinds == ["wait"] and swapped:
        assert actions(result, "peering") == [("create", PCX)]
        assert args(result, "peering") == [settings("accepted", side="accepter", **ENDS)]
    else:
        assert actions(result, "peering") == [(kind, NEW if terminal else PCX) for kind in kinds]
        assert args(result, "peering")[:1] == ([REQUEST] if terminal else [])
    assert result["document"]["peering_connection_id"] == (None if terminal else "pcx-1")
    assert actions(result, "routes") == ([("change", f"route:rtb-1/{BLOCK_A}")] if terminal else [])


def test_a_request_is_sent_once_and_waited_for_by_the_id_that_it_returns() -> None:
    facts = built_b(peerings=[])
    facts["route_tables"][0]["routes"].pop()
    request, opened = plan(facts, wait_timeout=60)["writes"]["peering"]
    assert (request["module"], request["once"], request["args"]) == ("amazon.aws.ec2_vpc_peering", True, REQUEST)
    assert "waits_for" not in request
    assert opened["module"] == "dax.cross_account.ec2_vpc_peering_connections"
    assert opened["args"] == {"connections": [{}], "state": "present", "wait_timeout": 60}
    assert (opened["id_from"], opened["timeout"], "once" in opened) == ("peering_id", 60, False)
    assert opened["waits_for"]


def test_a_connection_of_a_vpc_that_is_still_to_be_made_is_planned_and_not_written() -> None:
    result = plan(facts_b())
    assert actions(result, "peering") == [("create", NEW)]
    assert args(result, "peering") == []


def test_a_client_in_another_region() -> None:
    """The peering connection crosses the regions; the document names both."""
    facts = built_b(region="eu-west-1", peerings=[])
    facts["route_tables"][0]["routes"].pop()
    result = plan(facts)
    assert args(result, "peering")[0]["peer_region"] == build.REGION
    assert result["document"]["region"] == "eu-west-1"
    assert result["conflicts"] == []


@pytest.mark.parametrize("status", ["pending-acceptance", "active"])
@pytest.mark.parametrize("swapped", [False, True])
def test_a_connection_to_another_account_is_not_that_to_the_cluster(status: str, swapped: bool) -> None:
    """A VPC of this id that is another account's is not the document's."""
    one = peering(status=status, swapped=swapped)
    one["requester" if swapped else "accepter"]["owner_id"] = build.C
    facts = built_b(peerings=[one])
    facts["route_tables"][0]["routes"].pop()
    result = plan(facts)
    assert actions(result, "peering") == [("create", NEW)]
    assert [given for given in args(result, "peering") if given["state"] == "accepted"] == []
    assert result["document"]["peering_connection_id"] is None
    assert modules(result, "routes") == []


@pytest.mark.parametrize(
    ("cluster", "there", "refused"),
    [
        pytest.param({}, {}, False, id="as EC2 shows it"),
        pytest.param({"cidr_blocks": ["10.0.0.0/24"]}, {}, False, id="a part of it"),
        pytest.param({"cidr_blocks": ["10.0.0.0/16", "10.9.0.0/16"]}, {}, True, id="more"),
        pytest.param(
            {"cidr_blocks": ["10.0.0.0/16", "10.9.0.0/16"]},
            {"cidr_blocks": ["10.0.0.0/16", "10.9.0.0/16"]},
            False,
            id="a secondary block",
        ),
        pytest.param({"ipv6_cidr_blocks": ["2001:db8:a::/56"]}, {}, False, id="a family that the cluster does not use"),
    ],
)
def test_the_clusters_blocks_are_those_at_the_other_end(
    cluster: dict[str, Any], there: dict[str, Any], refused: bool
) -> None:
    for swapped in (False, True):
        one = peering(tags=NAMED, swapped=swapped)
        one["requester" if swapped else "accepter"].update(there)
        result = plan(built_b(peerings=[one]), cluster)
        assert [item for item in actions(result, "peering") if item[0] == "conflict"] == []
        assert bool([line for line in result["conflicts"] if "the VPC at the end of pcx-1 has" in line]) is refused


def test_a_peering_in_a_terminal_state_beside_an_open_one_is_not_looked_at() -> None:
    both = [peering("pcx-0", "expired", tags=NAMED), peering("pcx-1", tags=NAMED)]
    assert plan(built_b(peerings=both))["actions"] == []


@pytest.mark.parametrize(("adopted", "managed"), [(True, False), (False, True)])
def test_an_unmanaged_peering_is_adopted_and_keeps_its_tags(adopted: bool, managed: bool) -> None:
    theirs = [peering(tags={"Owner": "x"})]
    result = plan(adopted_b(peerings=theirs) if adopted else built_b(peerings=theirs))
    assert actions(result, "peering") == ([] if adopted else [("change", f"{PCX}#tags")])
    assert args(result, "peering") == ([] if adopted else [settings(side="requester", tags=NAMED)])
    assert result["document"]["peering_managed"] is managed
    assert result["document"]["peering_connection_id"] == "pcx-1"


@pytest.mark.parametrize(
    ("dns", "current", "changes"),
    [(None, True, False), (True, True, False), (False, None, False), (True, None, True), (False, True, True)],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_dns_resolution_of_this_side(dns: bool | None, current: bool | None, changes: bool, swapped: bool) -> None:
    one = peering(swapped=swapped, tags=NAMED)
    side = "accepter" if swapped else "requester"
    one[side]["dns_resolution"] = current
    result = plan(built_b(peerings=[one]), dns_resolution=dns)
    assert actions(result, "peering") == ([("change", f"{PCX}#dns_resolution")] if changes else [])
    assert args(result, "peering") == ([settings(side=side, dns_resolution=dns)] if changes else [])


def test_one_call_accepts_tags_and_sets_dns_resolution() -> None:
    one = peering(status="pending-acceptance", swapped=True)
    result = plan(built_b(peerings=[one]), dns_resolution=True, wait_timeout=60)
    assert actions(result, "peering") == [
        ("create", PCX),
        ("change", f"{PCX}#tags"),
        ("change", f"{PCX}#dns_resolution"),
    ]
    (call,) = result["writes"]["peering"]
    assert call["args"] == settings("accepted", 60, side="accepter", tags=NAMED, dns_resolution=True, **ENDS)
    assert (call["waits_for"], call["timeout"]) == ("peering connection pcx-1 to be active", 60)


@pytest.mark.parametrize("status", ["pending-acceptance", None])
def test_dns_resolution_waits_for_the_acceptance(status: str | None) -> None:
    facts = built_b(peerings=[peering(status=status, tags=NAMED)] if status else [])
    facts["route_tables"][0]["routes"].pop()
    result = plan(facts, dns_resolution=True)
    assert ("wait", f"peering_connection:{'pcx-1' if status else ''}#dns_resolution") in actions(result, "peering")
    assert "dns_resolution" not in str(args(result, "peering"))
    assert modules(result, "peering") == ([] if status else ["ec2_vpc_peering", "ec2_vpc_peering_connections"])
    assert any("DNS resolution" in line for line in result["waiting_for"])
