# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was not read is unknown and never broken; what differs from the usual and works is no fault."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import network_faults as faults
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.healthy import put, value


def verdicts(pair: Pair, verdict: str) -> set[str]:
    return {item["check"] for item in diagnose(pair)["findings"] if item["verdict"] == verdict}


READINGS = [(name, reading) for name in "ab" for reading in faults.side(healthy.pair(), name)["readings"]]


@pytest.mark.parametrize(("name", "reading"), READINGS)
def test_a_reading_that_fails_breaks_nothing(name: str, reading: str) -> None:
    for kind in healthy.KINDS:
        pair = healthy.pair(kind)
        healthy.refuse(faults.side(pair, name), reading, "not authorized to perform: ec2:DescribeX")
        said = diagnose(pair)
        assert said["verdict"] in ("ok", "unknown"), [item for item in said["findings"] if item["verdict"] == "broken"]
        unknown = [item for item in said["findings"] if item["verdict"] == "unknown"]
        assert all("ec2:DescribeX" in item["found"] or "cannot be seen" in item["found"] for item in unknown)


@pytest.mark.parametrize(
    ("name", "reading", "unknown"),
    [
        ("a", "route_tables", {"routes.to_client", "limits.routes"}),
        ("b", "route_tables", {"routes.to_cluster", "limits.routes"}),
        ("a", "network_acls", {"acls.to_cluster", "acls.from_cluster"}),
        ("b", "private_zones", {"dns.shadow"}),
        ("b", "vpc", {"dns.support", "peering.overlap"}),
    ],
)
def test_the_links_of_a_reading_that_fails_are_unknown(name: str, reading: str, unknown: set[str]) -> None:
    pair = healthy.pair()
    healthy.refuse(faults.side(pair, name), reading)
    assert verdicts(pair, "unknown") >= unknown


@pytest.mark.parametrize("kind", healthy.KINDS)
@pytest.mark.parametrize("name", ["a", "b"])
def test_one_side_and_the_other_ones_document(name: str, kind: str) -> None:
    pair = healthy.pair(kind)
    healthy.bend(pair, **{name: None})
    said = diagnose(pair)
    assert said["verdict"] in ("ok", "unknown"), [item for item in said["findings"] if item["verdict"] == "broken"]
    seen = "routes.to_cluster" if name == "a" else "routes.to_client"
    assert seen in verdicts(pair, "ok")


def test_a_table_that_cannot_be_seen() -> None:
    pair = healthy.pair()
    put(pair.a, "route_tables", [item for item in value(pair.a, "route_tables") if not item["main"]])
    assert verdicts(pair, "unknown") == {"routes.to_client"} and not verdicts(pair, "broken")


def test_a_prefix_list_that_is_not_known_may_take_the_traffic() -> None:
    pair = healthy.pair()
    faults.more_route("b", "pl-9")(pair)
    assert verdicts(pair, "unknown") == {"routes.to_cluster"} and not verdicts(pair, "broken")


def test_prefix_lists_that_lead_the_right_way() -> None:
    pair = healthy.pair()
    faults.routes_gone("b")(pair)
    value(pair.b, "route_tables")[0]["routes"].append(build.route("pl-1", "pcx-1"))
    put(pair.b, "prefix_lists", [build.prefix_list("pl-1", build.BLOCK_A)])
    put(pair.a, "prefix_lists", [build.prefix_list("pl-2", build.BLOCK_B)])
    faults.rule_a(source_group_id=None, prefix_list_id="pl-2")(pair)
    assert diagnose(pair)["verdict"] == "ok"


def test_only_the_subnets_of_the_path_count() -> None:
    """A block of the other VPC without a node in it may go anywhere, and so may a subnet without one."""
    pair = healthy.pair()
    faults.more_route("b", "10.0.200.0/24")(pair)
    value(pair.a, "subnets").append(build.subnet("subnet-other", "10.0.9.0/24"))
    value(pair.a, "route_tables").append(build.table("rtb-other", subnets=("subnet-other",)))
    assert diagnose(pair)["verdict"] == "ok"


def test_a_node_that_was_not_found_may_be_in_each_subnet_of_its_zone() -> None:
    pair = healthy.pair()
    del value(pair.a, "nodes_subnets")["orders-c"]
    assert diagnose(pair)["verdict"] == "ok"
    faults.other_table(pair)
    assert verdicts(pair, "broken") == {"routes.to_client"}


def test_a_part_without_any_address_in_use_is_a_warning() -> None:
    pair = healthy.pair()
    faults.more_route("a", "10.1.0.128/25")(pair)  # the client is 10.1.0.20
    assert verdicts(pair, "warning") == {"routes.to_client"} and not verdicts(pair, "broken")
    pair = healthy.pair()
    put(pair.a, "nodes_addresses", {name: [address] for name, address in healthy.ADDRESSES.items()})
    faults.more_route("b", "10.0.2.128/25")(pair)
    assert verdicts(pair, "warning") == {"routes.to_cluster"} and not verdicts(pair, "broken")
    faults.more_route("b", "10.0.2.10/32")(pair)
    assert verdicts(pair, "broken") == {"routes.to_cluster"}


def test_a_rule_for_the_client_alone_is_enough() -> None:
    pair = healthy.pair("cross_region")
    faults.rule_a(cidr_ip=f"{healthy.CLIENT_ADDRESS}/32")(pair)
    assert diagnose(pair)["verdict"] == "ok"


@pytest.mark.parametrize(
    "rules",
    [
        [build.rule(cidr_ip="0.0.0.0/0")],
        [build.rule(port=-1, protocol="-1", cidr_ip="10.1.0.0/16")],
        [build.rule(cidr_ip="10.1.0.0/25"), build.rule("sgr-2", cidr_ip="10.1.0.128/25")],
        [build.rule(from_port=0, to_port=65535, source_group_id="sg-b")],
    ],
)
def test_rules_of_other_people_let_the_client_in(rules: list[dict[str, Any]]) -> None:
    pair = healthy.pair()
    faults.group_a(pair)["rules"] = rules
    assert diagnose(pair)["verdict"] == "ok"


def test_several_groups_of_a_cluster_count_together() -> None:
    pair = healthy.pair()
    attached = value(pair.a, "cluster")["security_groups"]
    attached.insert(0, {"security_group_identifier": "sg-2", "status": "active"})
    value(pair.a, "security_groups").append(build.group("sg-2"))
    assert diagnose(pair)["verdict"] == "ok"
    attached[1]["status"] = "removing"
    assert verdicts(pair, "broken") == {"groups.ingress"}


@pytest.mark.parametrize(("first", "last"), [(1024, 65535), (32768, 65535), (32768, 60999)])
def test_the_ports_of_answers_that_clients_use(first: int, last: int) -> None:
    pair = healthy.pair()
    faults.entries("a", *faults.allow(90, True, first, last), instead=True, egress=True)(pair)
    assert diagnose(pair)["verdict"] == "ok"


def test_another_path_than_a_peering_connection_is_not_looked_into() -> None:
    pair = healthy.pair()
    faults.no_connection(pair)
    faults.each_route(pair, lambda route: route.update(build.route(route["destination"], "tgw-1")))
    assert not verdicts(pair, "broken")
    assert verdicts(pair, "unknown") == {"peering.exists"}


def test_a_dead_twin_beside_the_connection_is_no_fault() -> None:
    pair = healthy.pair()
    for facts in (pair.a, pair.b):
        value(facts, "peerings").insert(0, build.peering("pcx-0", "deleted"))
    assert diagnose(pair)["verdict"] == "ok"


def test_one_family_of_two_is_enough_for_a_client_that_uses_that_one() -> None:
    pair = healthy.pair("dual_stack")
    for table in value(pair.b, "route_tables"):
        table["routes"] = [item for item in table["routes"] if item["destination"] != healthy.IPV6_A]
    assert verdicts(pair, "broken") == {"routes.to_cluster"}
    faults.wanted(ip_family="ipv4")(pair)
    assert diagnose(pair)["verdict"] == "ok"


def test_names_that_a_host_resolves_rightly_need_no_name_servers_of_amazon() -> None:
    for bend in (faults.no_dns, faults.zone("amazonaws.com.")):
        pair = healthy.pair()
        bend(pair)
        faults.live(resolved={healthy.ENDPOINT: list(healthy.ADDRESSES.values())})(pair)
        assert diagnose(pair)["verdict"] == "ok"


@pytest.mark.parametrize(("connected", "verdict"), [(True, "ok"), (False, "unknown")])
def test_a_tunnel_on_the_host_leads_to_the_host_itself(connected: bool, verdict: str) -> None:
    pair = healthy.pair()
    node = faults.tried("orders-a", "127.0.0.1", error="" if connected else "Connection refused")
    faults.live(resolved={healthy.ENDPOINT: ["127.0.0.1"]}, nodes=[node], items=[])(pair)
    said = [item["verdict"] for item in diagnose(pair)["findings"] if item["check"] == "dns.resolves"]
    assert said == [verdict]


def test_a_cluster_that_is_known_by_an_address_has_no_name_to_resolve() -> None:
    pair = healthy.pair()
    for endpoint in (value(pair.a, "cluster")["endpoint"], *(n["endpoint"] for n in value(pair.a, "cluster")["nodes"])):
        endpoint["address"] = "127.0.0.1"
    healthy.bend(pair, cluster_document=None)
    faults.live(resolved={"127.0.0.1": ["127.0.0.1"]})(pair)
    assert diagnose(pair)["verdict"] == "ok"


def test_a_zone_beside_the_name_takes_nothing() -> None:
    pair = healthy.pair()
    for name in ("clusters.us-east-1.amazonaws.com.", "dax.us-east-1.amazonaws.com.", "example.com."):
        faults.zone(name)(pair)
    assert diagnose(pair)["verdict"] == "ok"


def test_what_a_broken_link_explains_is_not_broken_too() -> None:
    pair = healthy.pair()
    faults.no_rule(pair)
    node = faults.tried("orders-a", "10.0.1.10", error="timed out")
    faults.live(nodes=[node], items=[dict(node)])(pair)
    said = [item for item in diagnose(pair)["findings"] if item["link"] == "live" and item["verdict"] != "ok"]
    assert [item["verdict"] for item in said] == ["unknown", "unknown"]
    assert all("groups.ingress explains it" in item["found"] for item in said)


@pytest.mark.parametrize(
    ("window", "verdict", "found"),
    [
        ("sun:01:00-sun:09:00", "ok", "begins in 3.5 days"),
        ("thu:12:01-thu:20:00", "ok", "begins in 1.0 days"),
        ("thu:12:00-thu:20:00", "warning", "begins in 24 hours"),
        ("wed:12:30-wed:13:30", "warning", "begins in 0 hours"),
        ("wed:11:30-wed:12:30", "warning", "it is open now"),
        ("sat:22:00-thu:02:00", "warning", "it is open now"),
        ("wed:11:00-wed:12:00", "ok", "begins in 7.0 days"),
    ],
)
def test_the_maintenance_window(window: str, verdict: str, found: str) -> None:
    pair = healthy.pair()
    faults.cluster(preferred_maintenance_window=window)(pair)
    said = next(item for item in diagnose(pair)["findings"] if item["check"] == "limits.maintenance")
    assert (said["verdict"], said["found"]) == (verdict, found)


@pytest.mark.parametrize("window", ["", "never", None, "xyz:01:00-sun:09:00"])
def test_a_window_that_nobody_can_read_says_nothing(window: Any) -> None:
    pair = healthy.pair()
    faults.cluster(preferred_maintenance_window=window)(pair)
    assert "limits.maintenance" not in {item["check"] for item in diagnose(pair)["findings"]}


@pytest.mark.parametrize(
    ("count", "verdict", "found"),
    [(39, "ok", "39 of 50"), (40, "warning", "40 of 50"), (50, "warning", "50 of 50"), (51, "ok", "51 of 125")],
)
def test_a_quota_that_is_exceeded_was_raised(count: int, verdict: str, found: str) -> None:
    pair = healthy.pair()
    value(pair.a, "peerings").extend(
        build.peering(f"pcx-m{at}", requester=build.end(build.C, f"vpc-m{at}")) for at in range(count - 1)
    )
    said = next(item for item in diagnose(pair)["findings"] if item["check"] == "limits.peerings")
    assert (said["verdict"], said["found"]) == (verdict, found)
