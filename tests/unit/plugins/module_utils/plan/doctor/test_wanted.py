# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a client that AWS does not show: its variables, its document, and where it may be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pairs import Consumer, pairs_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions
from ansible_collections.dax.cross_account.plugins.plugin_utils.doctor import SESSION_NAME, wishes_of_consumer
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy

ROOT = Path(__file__).resolve().parents[6]
ROLES = ROOT / "roles"


def defaults(role: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROLES / role / "defaults/main.yml").read_text())
    return found


def wanted(client: dict[str, Any], instance_id: str = "", saved: Any = None, **document: Any) -> Any:
    given = build.cluster_document(**document)
    options = ConsumerOptions.from_variables({**defaults("dax_account_b"), "dax_account_b_cluster": given})
    wishes = wishes_of_consumer(options, client, instance_id, saved)
    (pair,) = pairs_of([], [Consumer(facts=None, problem="not read", wishes=wishes, live=None)], "site.yml")
    return pair


def test_what_the_variables_of_the_client_say() -> None:
    client = {"session_name": "app-1", "session_duration": "1800", "sts_region": "eu-west-1", "external_id": "x-1"}
    found = wanted({**client, "ip_family": "ipv6"}).wanted
    assert (found.session_name, found.max_session_seconds, found.sts_region) == ("app-1", 1800, "eu-west-1")
    assert (found.external_id, found.ip_family) == ("x-1", "ipv6")


def test_what_is_true_without_them() -> None:
    found = wanted({}).wanted
    assert (found.session_name, found.max_session_seconds, found.sts_region) == (SESSION_NAME, 3600, "")
    assert found.consumer_role_name == "AssumeDaxRole"
    assert defaults("dax_client")["dax_client_session_name"] == SESSION_NAME


@pytest.mark.parametrize(("network_type", "family"), [("ipv4", "ipv4"), ("dual_stack", "ipv4"), ("ipv6", "ipv6")])
def test_the_family_that_a_client_uses_by_itself(network_type: str, family: str) -> None:
    assert wanted({}, network_type=network_type).wanted.ip_family == family


def test_of_a_named_instance_nothing_is_expected() -> None:
    found = wanted({}, "i-1").wanted
    assert (found.consumer_role_name, found.session_name, found.instance_id) == ("", "", "i-1")


def test_a_client_has_the_endpoint_of_the_document_that_it_was_given() -> None:
    old = {"address": "old.example", "port": 9111, "url": "daxs://old.example"}
    assert wanted({}).wanted.client_endpoint == build.cluster_document()["endpoint"]["url"]
    pair = wanted({}, saved=build.cluster_document(endpoint=old, encryption_type="TLS"))
    assert (pair.wanted.client_endpoint, pair.cluster_document["endpoint"]["url"]) == (old["url"], old["url"])


def _isolated(made: Any) -> None:
    """Let the client be in any subnet of an adopted VPC, one of which leads nowhere."""
    subnets, tables = healthy.value(made.b, "subnets"), healthy.value(made.b, "route_tables")
    subnets.append(build.subnet("subnet-b9", "10.1.0.192/26"))
    local = build.route(build.BLOCK_B, "local")
    tables.append(build.table("rtb-b9", local, subnets=("subnet-b9",)))
    healthy.value(made.b, "network_acls")[0]["subnet_ids"].append("subnet-b9")
    healthy.put(made.b, "instance", None)
    made.b.update(wants_instance=False, any_subnet=True, subnet_ids=["subnet-b1", "subnet-b2", "subnet-b9"])


def test_of_subnets_that_nobody_names_those_count_in_which_the_least_is_broken() -> None:
    made = healthy.pair("adopted")
    _isolated(made)
    assert [item for item in diagnose(made)["findings"] if item["verdict"] != "ok"] == []
    made.b["any_subnet"] = False  # type: ignore[index]
    said = diagnose(made)
    assert said["headline"] is not None and said["headline"]["check"] == "sts.route"
    assert "subnet-b9" in said["headline"]["subject"]


def test_what_is_broken_for_all_subnets_is_told() -> None:
    made = healthy.pair("adopted")
    _isolated(made)
    for table in healthy.value(made.b, "route_tables"):
        table["routes"] = [route for route in table["routes"] if route["target_id"] != "pcx-1"]
    assert {item["check"] for item in diagnose(made)["findings"] if item["verdict"] == "broken"} == {
        "routes.to_cluster"
    }


def test_a_rule_of_an_endpoint_whose_list_is_not_known_is_unknown() -> None:
    made = healthy.pair("vpc_endpoint")
    rule = healthy.value(made.b, "endpoint_groups")[0]["rules"][0]
    rule.update(source_group_id=None, prefix_list_id="pl-1")
    why = "AccessDenied, the credentials may not ec2:GetManagedPrefixListEntries"
    healthy.put(made.b, "prefix_lists", [build.prefix_list("pl-1", problem=why)])
    found = {item["check"]: item for item in diagnose(made)["findings"] if item["verdict"] != "ok"}
    assert list(found) == ["sts.endpoint_group"]
    assert found["sts.endpoint_group"]["verdict"] == "unknown" and why in found["sts.endpoint_group"]["found"]
