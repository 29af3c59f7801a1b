# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was there before is adopted, not doubled, and left: VPCs, roles, peerings alive and dead, routes of others."""

from __future__ import annotations

from typing import Any

import pytest
from scenario.pairs import Pair
from scenario.playbook import Run
from scenario.snapshot import differences

KEPT = ["by_id", "by_tags", "dead"]


def statuses(pair: Pair) -> list[str]:
    """Return the states of all connections that account B sees, the dead ones too."""
    found = pair.b.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    return sorted(item["Status"]["Code"] for item in found)


def routes(pair: Pair, side: str, table: str) -> dict[str, Any]:
    return dict(pair.snapshots()[side]["route_tables"][table]["routes"])


def new(before: dict[str, Any], pair: Pair, side: str) -> dict[str, list[str]]:
    """Return what is there now and was not before, by kind."""
    now = pair.snapshots()[side]
    found = {kind: sorted(set(items) - set(before[side][kind])) for kind, items in now.items()}
    return {kind: keys for kind, keys in found.items() if keys}


def test_a_vpc_by_id_with_everything_in_it_gets_routes_a_policy_and_an_instance(joined) -> None:
    pair, before = joined["by_id"], joined.before["by_id"]
    network, (_cluster, consumer) = pair.network, pair.documents
    assert set(new(before, pair, "B")) == {"instances"}
    now = pair.snapshots()["B"]
    (instance,) = now["instances"].values()
    assert instance["subnet"] in network.subnet_ids[:2]
    assert (instance["groups"], instance["profile"].rpartition("/")[2]) == ([network.group_id], "AppProfile")
    assert sorted(now["roles"]["AppRole"]["inline"]) == ["AssumeDaxRolePolicy", "Own"]
    assert consumer["role_arn"] == f"arn:aws:iam::{pair.b.id}:role/AppRole"
    (connection,) = before["B"]["peerings"]
    for table in (network.tables[0], network.main_table):
        assert routes(pair, "B", table)["10.0.0.0/16"] == {"target": connection, "state": "active"}
    assert "10.0.0.0/16" not in routes(pair, "B", network.tables[1]), "the table of a subnet that no client is in"
    for side in "AB":
        assert pair.snapshots()[side]["peerings"][connection]["tags"] == before[side]["peerings"][connection]["tags"]
        assert pair.snapshots()[side]["peerings"][connection]["dns"] == {"Requester": True, "Accepter": True}


def test_an_acl_that_lets_nothing_pass_is_told_and_not_written(joined) -> None:
    warnings = joined.runs["second B"].plan_of("by_id_b")["warnings"]
    (acl,) = {line.split(":")[0] for line in warnings if line.startswith("network ACL")}
    assert len([line for line in warnings if line.startswith("network ACL")]) == 2
    acls = joined["by_id"].b.ec2.describe_network_acls(NetworkAclIds=[acl.rpartition(" ")[2]])["NetworkAcls"]
    assert [entry["RuleNumber"] for entry in acls[0]["Entries"]] == [32767, 32767]
    assert {call["operation"] for run in joined.runs.values() for call in run.calls if "Acl" in call["operation"]} == {
        "DescribeNetworkAcls"
    }


def test_a_vpc_by_tags_and_a_peering_that_account_a_asked_for(joined) -> None:
    pair, before = joined["by_tags"], joined.before["by_tags"]
    (connection,) = before["A"]["peerings"]
    assert before["A"]["peerings"][connection]["status"] == "pending-acceptance"
    assert statuses(pair) == ["active"]
    assert "AcceptVpcPeeringConnection" in joined.runs["build"].writes(pair.b)
    assert "AcceptVpcPeeringConnection" not in joined.runs["grant"].writes(pair.a)
    assert set(new(before, pair, "B")) == {"roles", "instance_profiles", "security_groups", "rules", "endpoints"}
    for table in (*pair.network.tables, pair.network.main_table):
        assert routes(pair, "B", table)["10.0.0.0/16"] == {"target": connection, "state": "active"}
    others = [table for table in pair.snapshots()["B"]["route_tables"] if table not in before["B"]["route_tables"]]
    assert others == []


def test_a_foreign_route_is_refused_by_name_until_it_may_be_replaced(joined) -> None:
    pair, refused = joined["dead"], joined.runs["refused"]
    table = pair.network.tables[0]
    gateway = joined.before["dead"]["B"]["route_tables"][table]["routes"]["10.0.0.0/16"]["target"]
    assert refused.rc != 0
    assert refused.write_attempts() == []
    (message,) = refused.failures
    assert message.count("\n") == 0
    assert all(part in message for part in ("10.0.0.0/16", table, gateway, "dax_account_b_force_routes")), message
    (connection,) = pair.snapshots()["B"]["peerings"]
    assert routes(pair, "B", table)["10.0.0.0/16"] == {"target": connection, "state": "active"}


def test_dead_peerings_are_left_and_a_new_one_takes_over_their_routes(joined) -> None:
    pair, before = joined["dead"], joined.before["dead"]
    assert before["B"]["peerings"] == {}
    assert statuses(pair) == ["active", "deleted", "expired", "failed", "rejected"]
    (connection,) = pair.snapshots()["B"]["peerings"]
    for side, tables in (("B", [pair.network.main_table, pair.network.tables[1]]), ("A", pair.owner.tables)):
        for table in tables:
            block = "10.0.0.0/16" if side == "B" else "10.60.0.0/16"
            assert before[side]["route_tables"][table]["routes"][block]["state"] == "blackhole"
            assert routes(pair, side, table)[block] == {"target": connection, "state": "active"}
    assert joined.runs["build"].writes(pair.b).count("CreateVpcPeeringConnection") == 1


@pytest.fixture(scope="module")
def torn_down(joined) -> tuple[Run, Run]:
    pairs = joined.pairs
    runs = pairs.run("A", *KEPT, dax_account_a_state="absent"), pairs.run("B", *KEPT, dax_account_b_state="absent")
    assert [run.failures for run in runs] == [[], []]
    return runs


# What teardown does not bring back: what the user told us to replace, and his connection with the routes to it, as
# nobody knows who made those.
EXPECTED = {
    ("by_id", "A"): ["dns/Accepter", "dns/Requester", *["routes/10.60.0.0/16: nothing"] * 3],
    ("by_id", "B"): ["dns/Accepter", "dns/Requester", *["routes/10.0.0.0/16: nothing"] * 2],
    ("by_tags", "A"): ["status: 'pending-acceptance' -> 'active'", *["routes/10.60.0.0/16: nothing"] * 3],
    ("by_tags", "B"): ["status: 'pending-acceptance' -> 'active'", *["routes/10.0.0.0/16: nothing"] * 3],
    ("dead", "A"): ["routes/10.60.0.0/16: {"] * 3,
    ("dead", "B"): ["routes/10.0.0.0/16: {"] * 3,
}


@pytest.mark.parametrize(("name", "side"), EXPECTED)
def test_teardown_leaves_what_was_there_before(joined, torn_down, name: str, side: str) -> None:
    found = differences(joined.before[name][side], joined[name].snapshots()[side])
    expected = EXPECTED[name, side]
    assert len(found) == len(expected), found
    assert all(part in line for part, line in zip(expected, sorted(found), strict=True)), found


def test_teardown_took_off_what_was_added_and_ended_only_our_own_peering(joined, torn_down) -> None:
    (from_a, from_b), pair = torn_down, joined["by_id"]
    assert sorted(from_b.writes(pair.b)) == ["DeleteRolePolicy", "TerminateInstances"]
    ends = [call for run in torn_down for call in run.calls if call["operation"] == "DeleteVpcPeeringConnection"]
    assert [call["account"] for call in ends] == [joined["dead"].a.id]
    for name, routes_in_a, routes_in_b in (("by_id", 3, 2), ("by_tags", 3, 3)):
        for run, host, count in ((from_a, f"{name}_a", routes_in_a), (from_b, f"{name}_b", routes_in_b)):
            kept = [action for action in run.plan_of(host)["actions"] if action["kind"] == "keep"]
            assert len(kept) == count, host
            assert all("which is not ours; delete it by hand" in action["why"] for action in kept)
