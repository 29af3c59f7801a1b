# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts that another tool has joined: the collection takes over, and at no moment is a consumer cut off."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.drift import inside, own_group, world
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import Killed, World

# Names of the policies that the other tool wrote.
POLICIES = {"DaxCrossAccountPolicy": "dax", "AssumeDaxRolePolicy": "assume"}


def estranged(value: Any) -> Any:
    """Return a copy without anything that tells whose it is: tags, descriptions, Sids, names of policies."""
    if isinstance(value, list):
        return [estranged(item) for item in value]
    if not isinstance(value, dict):
        return value
    left = {name: estranged(item) for name, item in value.items() if name != "Sid"}
    for name in ("tags", "description"):
        if name in left:
            left[name] = type(left[name])()
    if "inline_policies" in left:
        left["inline_policies"] = {POLICIES.get(name, name): item for name, item in left["inline_policies"].items()}
    return left


def joined_by_another_tool() -> World:
    """Two accounts as site.yml leaves them, of which nothing is ours, and the variables that name what is there."""
    made = world("no instance")
    made.site()
    vpc_id, group_id = made.facts_b()["vpc"]["vpc_id"], own_group(made)["group_id"]
    made.a, made.b, made.inside = estranged(made.a), estranged(made.b), estranged(made.inside)
    for connection in made.peerings:
        connection.update({name: {} for name in connection if "tags" in name})
    made.variables_b |= {"vpc_id": vpc_id, "security_group_id": group_id, "sts_access": "existing"}
    made.written.clear()
    return made


def cut(made: World) -> list[str]:
    """Return what keeps the consumer from the cluster."""
    role_a, role_b = made.a["role"], made.b["roles"]["AssumeDaxRole"]
    (rules,) = [group["rules"] for group in made.a["security_groups"]]
    (connection,) = [item for item in made.peerings if item["status"]["code"] == "active"]
    of_cluster = [table for table in made.a["route_tables"] if table["route_table_id"] in ("rtb-main", "rtb-1")]
    tables = {"A": of_cluster, "B": inside(made)["route_tables"]}
    whole = {
        "trust": any(
            build.ROLE_B in str(statement["Principal"]) and statement["Action"] == "sts:AssumeRole"
            for statement in role_a["trust"]["Statement"]
        ),
        "policy of A": any("dax:GetItem" in str(item) for item in role_a["inline_policies"].values()),
        "policy of B": any(build.ROLE_A in str(item) for item in role_b["inline_policies"].values()),
        "profile": made.b["profiles"]["AssumeDaxInstanceProfile"]["role_names"] == ["AssumeDaxRole"],
        "rule": any(rule["from_port"] == 8111 for rule in rules),
        **{
            f"routes of {side}": all(
                any(route["target_id"] == connection["id"] for route in table["routes"]) for table in found
            )
            for side, found in tables.items()
        },
    }
    return [name for name, there in whole.items() if not there]


def test_nothing_of_what_is_there_is_ours() -> None:
    made = joined_by_another_tool()
    assert cut(made) == []
    assert "dax.cross_account" not in str([made.a, made.b, made.inside])


def test_taking_over_cuts_nobody_off_wherever_it_is_stopped() -> None:
    whole = joined_by_another_tool()
    network = copy.deepcopy([whole.a["route_tables"], whole.a["security_groups"], whole.inside])
    whole.site()
    assert len(whole.written) > 2
    for budget in range(len(whole.written) + 1):
        made = joined_by_another_tool()
        made.budget = budget
        with suppress(Killed):
            made.site()
        assert cut(made) == [], f"after {made.written}"
    assert [whole.a["route_tables"], whole.a["security_groups"], whole.inside] == network
    assert len(whole.peerings) == 1
    assert whole.site() == []


def test_a_teardown_afterwards_takes_off_what_was_added_and_leaves_the_rest() -> None:
    made = joined_by_another_tool()
    before = copy.deepcopy([made.a, made.inside, made.peerings])
    made.site()
    made.set_state("absent")
    made.site()
    assert [made.a, made.inside, made.peerings] == before
    # The policy that was taken over is ours since, and goes.
    assert made.b["roles"]["AssumeDaxRole"]["inline_policies"] == {}


@pytest.mark.parametrize("what", ["rule", "routes of A", "routes of B", "trust", "policy of B"])
def test_a_cut_is_seen(what: str) -> None:
    made = joined_by_another_tool()
    if what == "rule":
        made.a["security_groups"][0]["rules"].clear()
    elif what == "trust":
        made.a["role"]["trust"]["Statement"].clear()
    elif what == "policy of B":
        made.b["roles"]["AssumeDaxRole"]["inline_policies"].clear()
    else:
        tables = made.a["route_tables"] if what == "routes of A" else inside(made)["route_tables"]
        for table in tables:
            table["routes"].clear()
    assert what in cut(made)
