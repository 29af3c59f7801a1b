# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two teams that share no credentials: each runs its playbook, documents come and go as files. In order.

Two pairs of teams, side by side. In the second one the peering request expires before account A's team comes to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import force_peering, realistic
from scenario.owner import Owner, make_owner
from scenario.pairs import Pair, Pairs
from scenario.playbook import SITE, Run, converge, write_inventory
from scenario.snapshot import differences, shape, snapshot

DNS = {"dax_account_a_dns_resolution": True, "dax_account_b_dns_resolution": True}
PROMPT, LATE = "prompt", "late"


@pytest.fixture(scope="module")
def teams(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    folder = tmp_path_factory.mktemp("documents")
    made = {
        name: Pair(name, make_owner(new_account(), dns_hostnames=True), new_account(), folder, DNS, DNS)
        for name in (PROMPT, LATE)
    }
    return Pairs(made, folder)


@pytest.fixture(scope="module")
def before(teams: Pairs) -> dict[str, Any]:
    return teams[PROMPT].snapshots()


def ends_well(run: Run) -> Run:
    assert run.rc == 0, "\n".join(run.failures) or run.text[-3000:]
    return run


def side(teams: Pairs, which: str) -> tuple[Run, dict[str, str]]:
    """Run one side of both pairs, which has to end well; return also what each of them waits for."""
    with realistic():
        run = ends_well(teams.run(which))
    return run, {name: run.told(teams[name].hosts["AB".index(which)]) for name in (PROMPT, LATE)}


def test_account_b_comes_first_and_waits_for_the_cluster_document(teams: Pairs, before) -> None:
    run, told = side(teams, "B")
    for name in (PROMPT, LATE):
        path = teams[name].paths[0]
        expected = f"the cluster document: {path}; account A's run writes it (dax_account_b_cluster)"
        assert told[name] == f"account B: waits for {expected}"
    assert (run.changed, run.calls) == (0, [])
    assert not Path(teams[PROMPT].paths[1]).exists()


def test_account_a_writes_its_document_and_waits(teams: Pairs) -> None:
    run, told = side(teams, "A")
    for name in (PROMPT, LATE):
        path = teams[name].paths[1]
        assert told[name].startswith(f"account A: waits for consumer document {path}: ")
        assert "dax_account_a_consumers" in told[name]
    assert run.write_attempts() == []
    assert run.changed == 2, "the two documents"


def test_account_b_builds_and_tells_what_is_left_to_the_other_team(teams: Pairs) -> None:
    _run, told = side(teams, "B")
    for name in (PROMPT, LATE):
        (connection,) = teams[name].snapshots()["B"]["peerings"]
        assert teams[name].documents[1]["peering_connection_id"] == connection
        assert told[name].startswith(f"account B: waits for peering connection {connection}: pending-acceptance; ")
        assert "DNS resolution" in told[name]
    run, again = side(teams, "B")
    assert (run.changed, run.write_attempts(), again) == (0, [], told)


def test_account_a_grants_and_waits_where_the_request_has_expired(teams: Pairs) -> None:
    late = teams[LATE]
    expired = late.documents[1]["peering_connection_id"]
    force_peering(expired, "expired")
    _run, told = side(teams, "A")
    assert told[PROMPT] == "account A: complete"
    assert told[LATE].startswith(f"account A: waits for peering connection {expired}")
    assert "expired; account B has to request one" in told[LATE]
    now = late.snapshots()["A"]
    assert "DaxCrossAccountRole" in now["roles"], "what needs no peering connection is granted"
    assert [key for key in now["rules"] if key.startswith(f"{late.owner.group_id} in ")] == []
    assert [table for table in late.owner.tables if "10.1.1.0/24" in now["route_tables"][table]["routes"]] == []


def test_account_b_finishes_or_asks_again(teams: Pairs) -> None:
    expired = teams[LATE].documents[1]["peering_connection_id"]
    run, told = side(teams, "B")
    assert told[PROMPT] == "account B: complete"
    assert run.writes(teams[PROMPT].b) == ["ModifyVpcPeeringConnectionOptions"]
    (connection,) = teams[LATE].snapshots()["B"]["peerings"]
    assert connection == teams[LATE].documents[1]["peering_connection_id"] != expired
    assert told[LATE].startswith(f"account B: waits for peering connection {connection}: pending-acceptance; ")


def test_both_sides_are_complete_and_stay_so(teams: Pairs) -> None:
    run, told = side(teams, "A")
    assert told == {PROMPT: "account A: complete", LATE: "account A: complete"}
    assert run.writes(teams[PROMPT].a) == []
    run, told = side(teams, "B")
    assert told == {PROMPT: "account B: complete", LATE: "account B: complete"}
    assert run.writes() == ["ModifyVpcPeeringConnectionOptions"]
    for which in "AB":
        run, told = side(teams, which)
        assert set(told.values()) == {f"account {which}: complete"}
        assert (run.changed, run.write_attempts()) == (0, [])


def alike(a: Account, b: Account, owner: Owner) -> str:
    """Return both accounts as they are, with everything masked that no two pairs have in common."""
    port = a.dax.describe_clusters()["Clusters"][0]["ClusterDiscoveryEndpoint"]["Port"]
    found = json.dumps({"A": snapshot(a), "B": snapshot(b)}, sort_keys=True)
    for own, masked in ((a.id, "A" * 12), (b.id, "B" * 12), (f"{port}-{port}", "port"), ("10.1.1.0/24", "10.1.0.0/24")):
        found = found.replace(own, masked)
    return json.dumps(shape(json.loads(found)), indent=1, sort_keys=True)


def test_a_finished_exchange_equals_one_run_of_site(teams: Pairs, tmp_path) -> None:
    a, b = new_account(), new_account()
    owner = make_owner(a, dns_hostnames=True)
    pair = Pair("site", owner, b, tmp_path, DNS, DNS)
    account_a, account_b = pair.inventory()
    del account_a["dax_account_a_consumers"], account_b["dax_account_b_cluster"]
    converge(SITE, a, b, inventory=write_inventory(tmp_path / "site.json", {"a": account_a}, {"b": account_b}))
    expected = alike(a, b, owner).splitlines()
    assert "pcx" in "".join(expected)
    for name in (PROMPT, LATE):
        assert alike(teams[name].a, teams[name].b, teams[name].owner).splitlines() == expected
    own = {key for document in pair.documents for key in document}
    assert own == {key for document in teams[PROMPT].documents for key in document}


def test_account_b_may_leave_before_account_a_revokes(teams: Pairs, before) -> None:
    (connection,) = teams[PROMPT].snapshots()["A"]["peerings"]
    ends_well(teams.run("B", PROMPT, dax_account_b_state="absent"))
    assert differences(before["B"], teams[PROMPT].snapshots()["B"]) == []
    tables = teams[PROMPT].snapshots()["A"]["route_tables"]
    assert {tables[table]["routes"]["10.1.0.0/24"]["target"] for table in teams[PROMPT].owner.tables} == {connection}
    run = ends_well(teams.run("A", PROMPT, dax_account_a_state="absent"))
    assert run.told(teams[PROMPT].hosts[0]) == "account A: complete"
    assert differences(before["A"], teams[PROMPT].snapshots()["A"]) == []
