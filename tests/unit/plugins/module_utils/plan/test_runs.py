# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs of both plans on two accounts in memory: at rest, after drift, killed, and removed."""

from __future__ import annotations

import copy
import functools
import importlib.util
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.plugin_utils.executor import ApplyError
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.drift import (
    DRIFT,
    KINDS,
    inside,
    own_group,
    own_vpc,
    rule_of,
    world,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import Killed, World


def state(world: World) -> dict[str, Any]:
    shown = [item for item in world.peerings if item["status"]["code"] != "deleted"]
    return copy.deepcopy({"a": world.a, "b": world.b, "inside": world.inside, "peerings": shown})


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_run_has_nothing_to_do(kind: str) -> None:
    made = world(kind)
    assert made.site() != []
    before = state(made)
    assert made.site() == []
    assert state(made) == before
    assert made.plan_a()["lines"] == ["account A: nothing to change"]
    assert made.plan_b()["lines"] == ["account B: nothing to change"]
    assert len(made.peerings) == 1


def test_the_documents_of_the_first_run_are_those_of_the_second() -> None:
    made = world()
    made.site()
    first = copy.deepcopy(made.documents)
    made.site()
    assert made.documents == first
    assert made.documents["a"]["routed_cidr_blocks"] == ["10.1.0.0/24"]
    made.discover()
    assert made.variables_b["cluster"] == first["a"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_anywhere_converges_when_started_again(kind: str) -> None:
    whole = world(kind)
    whole.site()
    for budget in range(len(whole.written)):
        made = world(kind)
        made.budget = budget
        with pytest.raises(Killed):
            made.site()
        made.budget = 10_000
        made.site()
        assert made.site() == []
        assert len(made.peerings) == 1, f"after {made.written[:budget]}"
        assert sum(len(here["instances"]) for here in made.inside.values()) == int(
            made.variables_b.get("instance", True)
        )


@pytest.mark.parametrize("kind", KINDS)
def test_teardown_removes_all_that_was_made_from_any_half_built_state(kind: str) -> None:
    whole = world(kind)
    untouched = state(whole)
    whole.site()
    for budget in range(len(whole.written) + 1):
        made = world(kind)
        made.budget = budget
        with suppress(Killed):
            made.site()
        made.budget = 10_000
        made.set_state("absent")
        made.site()
        assert state(made) == untouched, f"after {made.written[:budget]}"
        assert made.site() == []


def test_a_teardown_killed_anywhere_completes_when_started_again() -> None:
    whole = world("endpoints and SSM")
    untouched = state(whole)
    whole.site()
    built = len(whole.written)
    whole.set_state("absent")
    whole.site()
    for budget in range(len(whole.written) - built):
        made = world("endpoints and SSM")
        made.site()
        made.set_state("absent")
        made.budget = budget
        with pytest.raises(Killed):
            made.site()
        made.budget = 10_000
        made.site()
        assert state(made) == untouched, f"after {budget} calls"


def test_teardown_goes_on_without_the_cluster() -> None:
    made = world()
    untouched = state(made)
    made.site()
    made.a["cluster"] = None
    made.a["vpc"], made.a["cluster_subnet_ids"], made.a["subnets"] = None, [], []
    made.a["effective_route_tables"] = {}
    made.set_state("absent")
    made.site()
    assert made.site() == []
    assert made.a["role"] is None
    assert [item["rules"] for item in made.a["security_groups"]] == [[]]
    assert [len(table["routes"]) for table in made.a["route_tables"]] == [1, 1, 1]
    assert state(made)["b"] == untouched["b"]


@pytest.mark.parametrize("what", DRIFT)
def test_drift_is_corrected_and_nothing_else_is_touched(what: str) -> None:
    made = world()
    made.site()
    here = inside(made)
    names = {
        "group": own_group(made)["group_id"],
        "peering": made.peerings[0]["id"],
        "rule": rule_of(made)["rule_id"],
        "vpc": own_vpc(made)["vpc_id"],
        "subnet": here["subnets"][0]["subnet_id"],
        "gateway": here["internet_gateways"][0]["internet_gateway_id"],
        "table": here["route_tables"][0]["route_table_id"],
        "instance": here["instances"][0]["instance_id"],
    }
    broke, expected = DRIFT[what]
    before = state(made)
    broke(made)
    assert state(made) != before
    assert made.site() == [(kind, identity.format(**names)) for kind, identity in expected]
    assert made.site() == []
    corrected = state(made)
    if "gone" not in what and "port" not in what and "widened" not in what and "groups" not in what:
        assert corrected == before


@pytest.mark.parametrize("status", ["expired", "rejected", "failed", "deleted"])
def test_a_peering_in_a_terminal_state_is_replaced_and_its_routes_follow(status: str) -> None:
    made = world()
    made.site()
    made.peerings[0]["status"]["code"] = status
    made.site()
    assert [item["status"]["code"] for item in made.peerings] == [status, "active"]
    new = made.peerings[1]["id"]
    tables = made.a["route_tables"][:2] + inside(made)["route_tables"]
    assert [route["target_id"] for table in tables for route in table["routes"] if "pcx" in route["target_id"]] == [
        new
    ] * 3
    assert made.site() == []


@pytest.mark.parametrize("force", [False, True])
def test_a_default_route_that_leads_nowhere_is_replaced(force: bool) -> None:
    made = world()
    made.variables_b["force_routes"] = force
    made.site()
    (table,) = inside(made)["route_tables"]
    (default,) = [item for item in table["routes"] if item["destination"] == "0.0.0.0/0"]
    gateway_id = default["target_id"]
    default.update(target_id="igw-0", state="blackhole")
    assert made.site() == [("change", f"route:{table['route_table_id']}/0.0.0.0/0")]
    assert made.site() == []
    assert [item["target_id"] for item in table["routes"] if item["destination"] == "0.0.0.0/0"] == [gateway_id]


def test_each_side_sets_its_own_dns_resolution_once_the_connection_is_active() -> None:
    made = World()
    made.variables_a["dns_resolution"] = made.variables_b["dns_resolution"] = True
    made.site()
    sides = made.peerings[0]["requester"], made.peerings[0]["accepter"]
    # B asked for the connection before A had accepted it: its own side is set by its next run.
    assert [side["dns_resolution"] for side in sides] == [None, True]
    assert made.site() == [("change", f"peering_connection:{made.peerings[0]['id']}#dns_resolution")]
    assert [side["dns_resolution"] for side in sides] == [True, True]
    assert made.site() == []
    sides[0]["dns_resolution"] = sides[1]["dns_resolution"] = False
    assert len(made.site()) == 2
    assert [side["dns_resolution"] for side in sides] == [True, True]
    made.variables_a["dns_resolution"] = made.variables_b["dns_resolution"] = None
    sides[0]["dns_resolution"] = False
    assert made.site() == []


KMS = {"code": "Client.InternalError", "message": "Client.InternalError: Client error on launch"}


def test_an_instance_that_dies_at_once_ends_the_run_and_the_next_one_tells_of_it() -> None:
    made = world()
    made.fate = KMS
    with pytest.raises(ApplyError, match=r"AWS says Client\.InternalError: Client error on launch; often the KMS key"):
        made.site()
    made.fate = None
    (warning,) = made.plan_b()["warnings"]
    assert "of an earlier run ended by itself" in warning
    made.site()
    assert made.site() == []
    assert [len(here["instances"]) for here in made.inside.values()] == [1]


def test_an_instance_that_a_teardown_ended_is_no_reason_to_stop() -> None:
    made = world()
    made.ended = [{"instance_id": "i-0", "code": "Client.UserInitiatedShutdown", "message": "User initiated"}]
    made.site()
    assert (made.site(), made.plan_b()["warnings"]) == ([], [])


@functools.cache
def options_of(name: str) -> dict[str, bool]:
    """The options that a module documents, and whether each is required."""
    spec = importlib.util.find_spec("ansible_collections.{}.plugins.modules.{}".format(*name.rsplit(".", 1)))
    assert spec and spec.origin
    source = Path(spec.origin).read_text(encoding="utf-8")
    documentation = yaml.safe_load(re.split(r'^DOCUMENTATION = r?"""|^"""', source, flags=re.MULTILINE)[1])
    fragments = documentation["extends_documentation_fragment"]
    shared = ["tags", "purge_tags"] if any(item.startswith("amazon.aws.tags") for item in fragments) else []
    own = {option: bool(about.get("required")) for option, about in documentation["options"].items()}
    return {**dict.fromkeys(shared, False), **own}


@pytest.mark.parametrize("kind", KINDS)
def test_the_modules_have_the_options_that_they_are_given(kind: str) -> None:
    made = world(kind)
    made.site()
    made.set_state("absent")
    made.site()
    for call in made.calls:
        options = options_of(call["module"])
        assert call["args"].keys() <= options.keys(), call["module"]
        assert {option for option, required in options.items() if required} <= call["args"].keys(), call["module"]
