# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    KEY,
    TAGS_A,
    consumer,
    facts_a,
    peering,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    ENDS,
    OTHER,
    TAGGED,
    actions,
    connections,
    plan,
    routes,
    rules,
)

TAGGING = {"id": "pcx-1", "side": "accepter", "tags": TAGGED}
ACCEPTED = {**TAGGING, **ENDS}


@pytest.mark.parametrize(
    ("found", "given", "kinds", "accepting"),
    [
        pytest.param(peering(status="pending-acceptance"), {}, ["create"], [ACCEPTED], id="pending"),
        pytest.param(peering(status="provisioning"), {}, ["create"], [ACCEPTED], id="provisioning"),
        pytest.param(peering(status="initiating-request"), {}, ["create"], [ACCEPTED], id="initiating"),
        pytest.param(peering(tags=TAGGED), {}, [], [], id="active"),
        pytest.param(peering(tags=TAGGED, swapped=True), {}, [], [], id="active, requested by A"),
        pytest.param(peering(), {}, [], [], id="active, untagged"),
        pytest.param(peering(tags={**TAGGED, "Name": "x"}), {}, ["change"], [TAGGING], id="active, another name"),
        pytest.param(
            peering("pcx-9", tags={**TAGGED, build.ID: "pcx-9"}),
            {},
            [],
            [],
            id="active, of another id than the document's, between the VPCs",
        ),
        pytest.param(peering(), {"peering_managed": False}, [], [], id="adopted"),
        pytest.param(
            peering(status="pending-acceptance"),
            {"peering_managed": False},
            ["create"],
            [{"id": "pcx-1", "side": "accepter", **ENDS}],
            id="adopted, pending",
        ),
        pytest.param(
            peering(status="pending-acceptance", swapped=True), {}, ["wait"], [], id="pending, requested by A"
        ),
        pytest.param(None, {}, ["create"], [ACCEPTED], id="named, not visible yet"),
        pytest.param(None, {"peering_connection_id": None}, ["wait"], [], id="not requested"),
        pytest.param(peering(status="expired"), {}, ["wait"], [], id="expired"),
        pytest.param(peering(status="rejected"), {}, ["wait"], [], id="rejected"),
        pytest.param(peering(status="failed"), {}, ["wait"], [], id="failed"),
        pytest.param(peering(status="deleting"), {}, ["wait"], [], id="deleting"),
        pytest.param(peering(status="deleted"), {}, ["wait"], [], id="deleted"),
    ],
)
def test_peerings(found: dict[str, Any] | None, given: dict[str, Any], kinds: list[str], accepting: list[Any]) -> None:
    result = plan(facts_a(peerings=[found] if found else []), consumer(**given))
    assert [kind for kind, _resource in actions(result, "peering")] == kinds
    assert (connections(result, "accepted"), connections(result, "absent")) == (accepting, [])
    assert ("peering" in result["writes"]) is bool(accepting)
    assert result["conflicts"] == []
    if kinds == ["wait"]:
        assert "account B has to" in result["waiting_for"][0]
        # Neither does the run try what EC2 would refuse.
        assert rules(result) == {}
        assert any("sg-a" in line for line in result["waiting_for"])


def test_an_open_peering_is_taken_before_one_in_a_terminal_state_that_the_document_names() -> None:
    both = [peering("pcx-1", "expired"), peering("pcx-2", tags={**TAGGED, build.ID: "pcx-2"})]
    result = plan(facts_a(peerings=both), consumer(peering_connection_id="pcx-1"))
    assert actions(result, "peering") == []
    assert {target for _table, _destination, target in routes(result)} == {"pcx-2"}


@pytest.mark.parametrize(
    ("dns", "current", "changes"),
    [
        (None, True, False),
        (None, None, False),
        (True, True, False),
        (False, None, False),
        (True, None, True),
        (False, True, True),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_dns_resolution_of_this_side(dns: bool | None, current: bool | None, changes: bool, swapped: bool) -> None:
    one = peering(tags=TAGGED, swapped=swapped)
    side = "requester" if swapped else "accepter"
    one[side]["dns_resolution"] = current
    result = plan(facts_a(peerings=[one]), consumer(), dns_resolution=dns)
    expected = [("change", f"peering_connection:pcx-1/{KEY}#dns_resolution")] if changes else []
    assert actions(result, "peering") == expected
    setting = [{"id": "pcx-1", "side": side, "dns_resolution": dns}] if changes else []
    assert connections(result, "accepted") == setting


def test_dns_resolution_goes_with_the_acceptance() -> None:
    result = plan(facts_a(peerings=[peering(status="pending-acceptance")]), consumer(), dns_resolution=True)
    assert connections(result, "accepted") == [{**ACCEPTED, "dns_resolution": True}]


def test_the_calls_say_what_they_wait_for() -> None:
    revoked = [peering(f"pcx-{number}", tags={**TAGS_A, build.CONSUMER: OTHER}) for number in (2, 3)]
    pending = peering(status="pending-acceptance")
    result = plan(facts_a(peerings=[pending, *revoked]), consumer(), prune=True, wait_timeout=60)
    accepting, removing = result["writes"]["peering"]
    assert accepting == {
        "module": "dax.cross_account.ec2_vpc_peering_connections",
        "args": {"connections": [ACCEPTED], "state": "accepted", "wait_timeout": 60},
        "resource": "peering connection pcx-1",
        "waits_for": "peering connection pcx-1 to become active",
        "timeout": 60,
    }
    ids = [{"id": name, "side": "accepter"} for name in ("pcx-2", "pcx-3")]
    assert removing["args"] == {"connections": ids, "state": "absent", "wait_timeout": 60}
    assert removing["waits_for"] == "peering connections pcx-2, pcx-3 to be deleted"
    assert removing["timeout"] == 120


@pytest.mark.parametrize(
    ("current", "rule", "changed"),
    [
        pytest.param({**TAGGED, "theirs": "x"}, build.our_rule(), {}, id="more tags"),
        pytest.param({**TAGGED, "Name": "x"}, build.our_rule(), {"Name": ("x", "dax-client")}, id="another name"),
        pytest.param(
            {"Name": "dax-client"},
            build.our_rule(),
            {key: (None, value) for key, value in {**TAGS_A, build.ID: "pcx-1"}.items()},
            id="untagged, and our rule remembers it",
        ),
        pytest.param({"Name": "dax-client"}, build.our_rule(peering_id=None), {}, id="untagged"),
        pytest.param(
            {"Name": "dax-client"}, build.our_rule(peering_id="pcx-0"), {}, id="untagged, the rule remembers another"
        ),
        pytest.param(
            {"Name": "dax-client"},
            build.our_rule(tags={build.PEERING: "pcx-1"}),
            {},
            id="untagged, the rule is of another cluster",
        ),
        pytest.param(
            {"Name": "dax-client"}, build.our_rule(key=OTHER), {}, id="untagged, the rule is another consumer's"
        ),
    ],
)
def test_tags_of_an_accepted_peering(
    current: dict[str, str], rule: dict[str, Any], changed: dict[str, tuple[str | None, str]]
) -> None:
    facts = facts_a(peerings=[peering(tags=current)], security_groups=[build.group("sg-a", rule)])
    result = plan(facts, consumer())
    found = [(item["before"], item["after"]) for item in result["actions"] if item["step"] == "peering"]
    before = {key: old for key, (old, _new) in changed.items()}
    after = {key: new for key, (_old, new) in changed.items()}
    assert found == ([(before, after)] if changed else [])
    assert connections(result, "accepted") == ([TAGGING] if changed else [])


def test_an_adopted_peering_that_bears_our_tags_keeps_them() -> None:
    """Once tagged, a connection is ours, whatever the document says of it."""
    given = consumer(peering_managed=False)
    result = plan(facts_a(peerings=[peering(tags=TAGS_A)]), given)
    assert actions(result, "peering") == [("change", f"peering_connection:pcx-1/{KEY}#tags")]


@pytest.mark.parametrize(("dns", "refused"), [(True, True), (False, False), (None, False)])
def test_dns_resolution_needs_the_vpcs_own(dns: bool | None, refused: bool) -> None:
    vpc = build.vpc(build.VPC_A, build.BLOCK_A) | {"dns_support": True, "dns_hostnames": False}
    result = plan(facts_a(vpc=vpc, peerings=[peering(tags=TAGGED)]), consumer(), dns_resolution=dns)
    assert [item for item in actions(result, "peering") if item[0] == "conflict"] == (
        [("conflict", f"vpc:{build.VPC_A}")] if refused else []
    )
    assert plan(facts_a(vpc=vpc), consumer(), dns_resolution=dns, state="absent")["conflicts"] == []
