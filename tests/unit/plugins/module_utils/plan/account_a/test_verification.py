# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document's word against what EC2 shows: whatever it says, no call touches what is not the consumer's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.addresses import inside
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import trusted_principals
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    CLUSTER_ARN,
    KEY,
    REGION,
    TAGS_A,
    VPC_A,
    VPC_B,
    VPC_C,
    B,
    C,
    consumer,
    end,
    facts_a,
    our_rule,
    peering,
    route,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    ENDS,
    NAME,
    OTHER,
    ROLE_C,
    TAGGED,
    args,
    changed_role,
    connections,
    joined,
    plan,
    role,
    routes,
    rules,
)

BUSINESS = {"Name": "business-link", "team": "network"}
TAGS_C = {**TAGS_A, build.CONSUMER: OTHER}


def retained(**more: Any) -> dict[str, Any]:
    """Account A with consumer C of an earlier run, which is not part of this one: connection, routes and rule."""
    facts = facts_a(peerings=[peering("pcx-2", tags=TAGS_C, requester=end(C, VPC_C, build.BLOCK_C))])
    for table in facts["route_tables"][:2]:
        table["routes"].append(route(build.BLOCK_C, "pcx-2"))
    facts["security_groups"] = [
        build.group("sg-a", our_rule(source="sg-c", key=OTHER, rule_id="sgr-2", peering_id="pcx-2"))
    ]
    facts["peerings"] += more.pop("peerings", [])
    return {**facts, **more}


def assert_touches_only(facts: dict[str, Any], result: dict[str, Any], *accounts: str) -> None:
    """Hold every call to what EC2 shows of these accounts' connections with the cluster's VPC, and to A's own marks."""
    theirs = {item["id"]: item["requester"] for item in facts["peerings"] if item["requester"]["owner_id"] in accounts}
    theirs |= {item["id"]: item["accepter"] for item in facts["peerings"] if item["accepter"]["owner_id"] in accounts}
    shown = {item["id"]: item for item in facts["peerings"]}
    owned = {name for name, item in shown.items() if item["tags"].get(build.MARK) == build.CLUSTER_ARN}
    for entry in connections(result, "accepted"):
        accepted = shown.get(entry["id"], {}).get("status", {}).get("code") != "active"
        assert entry["id"] in theirs or entry["id"] not in shown
        assert not accepted or (entry["requester_owner_id"] in accounts and entry["accepter_vpc_id"] == VPC_A)
        assert accepted or "tags" not in entry or entry["id"] in owned
    assert {entry["id"] for entry in connections(result, "absent")} <= owned & set(theirs)
    for table_id, destination, target in routes(result):
        there = theirs[target]["cidr_blocks"] + theirs[target]["ipv6_cidr_blocks"]
        assert any(inside(destination, whole) for whole in there)
        assert table_id in ("rtb-1", "rtb-main")
    for given in args(result, "routes"):
        for entry in given["routes"] if given.get("state") == "absent" else []:
            assert entry["vpc_peering_connection_id"] in owned & set(theirs)
    for adding in rules(result).values():
        for rule in adding:
            block = rule.get("cidr_ip") or rule.get("cidr_ipv6")
            active = [end for name, end in theirs.items() if shown[name]["status"]["code"] == "active"]
            there = [whole for end in active for whole in end["cidr_blocks"] + end["ipv6_cidr_blocks"]]
            assert any(inside(block, whole) for whole in there) if block else rule["user_id"] in accounts
    for given in args(result, "role"):
        trusted = trusted_principals(given.get("assume_role_policy_document", {"Statement": []}))
        assert {arn.split(":")[4] for arn in trusted} <= set(accounts)


# The audit's ways, by their names.
REFUSED = [
    pytest.param(
        retained(),
        consumer(vpc_id=VPC_C, peering_connection_id="pcx-2", cidr_blocks=["10.3.0.0/25"]),
        f"its document names pcx-2, which is with VPC vpc-c of account {C}, not with its own",
        id="H3: another consumer's connection",
    ),
    pytest.param(
        retained(peerings=[joined("10.3.0.0/25")]),
        consumer(cidr_blocks=["10.3.0.0/25"]),
        f"10.3.0.0/25: of consumer {KEY} overlaps 10.3.0.0/24 of {OTHER}",
        id="H4: a block inside that of a consumer of an earlier run",
    ),
    pytest.param(
        facts_a(peerings=[joined()]),
        consumer(cidr_blocks=[BLOCK_B, "10.9.0.0/24"]),
        "its document has 10.9.0.0/24, and the VPC at the end of pcx-1 has 10.1.0.0/24",
        id="H4: a block beyond what EC2 shows",
    ),
    pytest.param(
        facts_a(peerings=[joined()]),
        consumer(cidr_blocks=["10.1.0.0/16"]),
        "its document has 10.1.0.0/16",
        id="H4: a block that holds what EC2 shows",
    ),
    pytest.param(
        facts_a(peerings=[joined()]),
        consumer(ipv6_cidr_blocks=["2001:db8:b::/56"]),
        "its document has 2001:db8:b::/56",
        id="H4: an IPv6 block that EC2 does not show",
    ),
    pytest.param(
        facts_a(peerings=[peering(status="pending-acceptance")]),
        consumer(cidr_blocks=["10.9.0.0/24"]),
        "its document has 10.9.0.0/24",
        id="H4: a block beyond what EC2 shows, pending",
    ),
    *[
        pytest.param(facts_a(), consumer(cidr_blocks=[block]), f"cidr_blocks: {block} is", id=f"H4: {block}")
        for block in ("128.0.0.0/1", "169.254.169.254/32", "8.8.8.0/24", "169.254.0.0/16", "127.0.0.0/16")
    ],
    pytest.param(
        facts_a(peerings=[joined()]),
        consumer(region="eu-west-1"),
        f"its document says region eu-west-1, and pcx-1 leads to {REGION}",
        id="H4: a region that EC2 does not show",
    ),
    pytest.param(
        facts_a(
            peerings=[joined()],
            route_tables=[build.table("rtb-1", route("10.1.0.0/16", "tgw-1"), subnets=("subnet-1", "subnet-2"))],
            effective_route_tables={"subnet-1": "rtb-1", "subnet-2": "rtb-1", "subnet-3": "rtb-1"},
        ),
        consumer(),
        "would take part of 10.1.0.0/16 to tgw-1",
        id="H4: a block inside the route of a transit gateway",
    ),
    pytest.param(
        facts_a(peerings=[joined(tags={})]),
        consumer(vpc_id=None),
        "its document names pcx-1, but no VPC",
        id="H1: a connection without a VPC",
    ),
    pytest.param(
        facts_a(peerings=[peering(requester=end(B, "vpc-e", BLOCK_B))]),
        consumer(),
        f"which is with VPC vpc-e of account {B}, not with its own",
        id="H1: another VPC of its own account",
    ),
    pytest.param(
        facts_a(role=build.role(NAME, build.policy(build.trust(build.ROLE_B)), tags={f"{build.CONSUMER}:{KEY}": "x"})),
        consumer(name="DAX-Client"),
        f"differs from consumer {KEY} in case only",
        id="M10: the name of one of an earlier run, in another case",
    ),
]


@pytest.mark.parametrize(("facts", "given", "why"), REFUSED)
def test_what_ec2_does_not_show_is_refused(facts: dict[str, Any], given: dict[str, Any], why: str) -> None:
    result = plan(facts, given)
    assert any(why in line for line in result["conflicts"]), result["lines"]
    assert result["lines"][0] == "account A: refused, nothing has been written"
    assert (routes(result), connections(result, "accepted"), connections(result, "absent")) == ([], [], [])


def test_names_in_another_case_of_one_run_are_refused() -> None:
    result = plan(facts_a(), consumer(), consumer(name="DAX-CLIENT"))
    assert len([line for line in result["conflicts"] if "in case only" in line]) == 2
    other_account = consumer(C, name="DAX-CLIENT")
    assert plan(facts_a(), consumer(), other_account)["conflicts"] == []


@pytest.mark.parametrize("managed", [False, True])
@pytest.mark.parametrize(
    "given",
    [
        pytest.param(consumer(peering_connection_id="pcx-9", cidr_blocks=[]), id="its own request to another VPC"),
        pytest.param(consumer(peering_connection_id="pcx-9"), id="a stranger's request to another VPC"),
        pytest.param(consumer(peering_connection_id="pcx-9", region="eu-west-1"), id="from another region"),
    ],
)
def test_h1_a_request_that_is_not_to_the_clusters_vpc_is_left_to_the_writers_check(
    given: dict[str, Any], managed: bool
) -> None:
    """It is not among the facts, as a request that EC2 does not show yet is not: the writer looks at its ends."""
    facts = retained()
    result = plan(facts, {**given, "peering_managed": managed})
    [entry] = connections(result, "accepted")
    assert entry.items() >= {"id": "pcx-9", "side": "accepter", **ENDS}.items()
    assert (routes(result), result["incomplete"]) == ([], True)
    assert [rule for adding in rules(result).values() for rule in adding if "cidr_ip" in rule] == []
    assert_touches_only(facts, result, B, C)


def test_h2_account_as_own_connection_is_neither_tagged_nor_removed() -> None:
    ours = peering(tags=BUSINESS, swapped=True)
    facts = facts_a(peerings=[ours])
    facts["route_tables"][2]["routes"].append(route(BLOCK_B, "pcx-1"))
    given = consumer(peering_managed=True)
    result = plan(facts, given)
    assert "peering" not in result["writes"]
    assert [rule["tags"] for rule in rules(result)["sg-a"]] == [TAGS_A]
    assert_touches_only(facts, result, B)
    facts["security_groups"] = [build.group("sg-a", our_rule(peering_id=None))]
    facts["route_tables"][1]["routes"].append(route(BLOCK_B, "pcx-1"))
    gone = plan(facts, given, state="absent")
    assert (set(gone["writes"]), connections(gone, "absent")) == ({"rules"}, [])
    pruned = plan(facts, prune=True)
    assert set(pruned["writes"]) == {"rules"}


def test_h2_no_rule_remembers_account_as_own_request_as_managed() -> None:
    """It would be taken for ours as soon as account B accepts it."""
    facts = facts_a(peerings=[peering(status="pending-acceptance", tags=BUSINESS, swapped=True)])
    facts["security_groups"] = [build.group("sg-a", our_rule(peering_id=None))]
    result = plan(facts, consumer(peering_managed=True))
    assert (rules(result), connections(result, "accepted")) == ({}, [])


@pytest.mark.parametrize("given", [{}, {"peering_connection_id": None}, {"peering_connection_id": "pcx-9"}])
def test_h3_naming_another_consumers_vpc_does_not_touch_its_connection(given: dict[str, Any]) -> None:
    facts = retained()
    hostile = consumer(**{"vpc_id": VPC_C, "cidr_blocks": ["10.3.0.0/25"], "peering_connection_id": "pcx-9", **given})
    result = plan(facts, hostile)
    assert [entry["id"] for entry in connections(result, "accepted")] in ([], ["pcx-9"])
    assert (routes(result), connections(result, "absent")) == ([], [])
    gone = plan(facts, hostile, state="absent")
    assert (gone["writes"], gone["orphans"], gone["conflicts"]) == ({}, [OTHER], [])
    assert_touches_only(facts, result, B, C)


def test_h3_naming_another_consumers_vpc_takes_no_check_off() -> None:
    """Two consumers of one account may share a VPC and its connection; of another account, none does."""
    decoy = consumer(name="decoy", vpc_id=VPC_C, peering_connection_id=None, cidr_blocks=[], security_group_id=None)
    result = plan(retained(peerings=[joined("10.3.0.0/25")]), decoy, consumer(cidr_blocks=["10.3.0.0/25"]))
    assert [line for line in result["conflicts"] if f"overlaps 10.3.0.0/24 of {OTHER}" in line] != []
    second = consumer(C, "second", security_group_id="sg-e")
    assert plan(retained(), second)["conflicts"] == []


@pytest.mark.parametrize("region", [REGION, "eu-west-1"])
@pytest.mark.parametrize("status", ["pending-acceptance", "provisioning", "initiating-request"])
@pytest.mark.parametrize("swapped", [False, True])
def test_h4_no_block_is_let_in_or_routed_before_ec2_shows_it(region: str, status: str, swapped: bool) -> None:
    hidden, own = end(B, VPC_B, region=region), end(build.A, VPC_A, build.BLOCK_A)
    ends: dict[str, Any] = {"requester": own, "accepter": hidden} if swapped else {"requester": hidden, "accepter": own}
    facts = facts_a(peerings=[peering(status=status, **ends)], role=role())
    result = plan(facts, consumer(region=region, cidr_blocks=["10.9.0.0/16"]))
    assert (routes(result), result["conflicts"], result["incomplete"]) == ([], [], not swapped)
    assert [rule for adding in rules(result).values() for rule in adding if "cidr_ip" in rule] == []
    assert_touches_only(facts, result, B)
    planned = [item["kind"] for item in result["actions"] if item["step"] == "routes"]
    assert planned == ([] if swapped else ["create", "create"])


def test_h4_no_rule_by_block_without_a_connection() -> None:
    result = plan(facts_a(), consumer(region="eu-west-1", peering_connection_id=None))
    assert (rules(result), routes(result)) == ({}, [])
    assert any("it opens a block only over an active peering connection" in line for line in result["waiting_for"])


@pytest.mark.parametrize("blocks", [["10.1.0.0/24"], ["10.1.0.0/25", "10.1.0.128/28"]])
@pytest.mark.parametrize("region", [REGION, "eu-west-1"])
def test_blocks_that_ec2_shows_are_routed(blocks: list[str], region: str) -> None:
    facts = facts_a(peerings=[joined(region=region)])
    result = plan(facts, consumer(cidr_blocks=blocks, region=region))
    assert {destination for _table, destination, _target in routes(result)} == set(blocks)
    assert_touches_only(facts, result, B)


def test_a_region_that_ec2_does_not_show_yet_is_taken_from_the_document() -> None:
    facts = facts_a(peerings=[peering(status="pending-acceptance", requester=end(B, VPC_B, BLOCK_B, region=None))])
    assert plan(facts, consumer(region="eu-west-1"))["conflicts"] == []


@pytest.mark.parametrize("others", [[], [consumer(name="first", security_group_id="sg-e")]])
def test_two_consumers_of_one_vpc_share_its_connection(others: list[Any]) -> None:
    """The tags are those of the consumer that it was made for, whether it is part of this run or not."""
    first = f"{B}/first"
    facts = facts_a(peerings=[peering(tags={**TAGGED, "Name": "first", build.CONSUMER: first})])
    result = plan(facts, *others, consumer())
    assert result["conflicts"] == []
    assert connections(result, "accepted") == []
    [given] = args(result, "ownership")
    mark = User(CLUSTER_ARN, KEY).mark
    assert given["resources"] == [{"id": "pcx-1", "tags": mark, "absent": []}]


# What a document says of its connection does not keep account A from taking access back.


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"cidr_blocks": ["10.9.0.0/24"]}, id="other blocks"),
        pytest.param({"region": "eu-west-1"}, id="another region"),
        pytest.param({"peering_connection_id": "pcx-2"}, id="another's connection"),
        pytest.param({"vpc_id": None}, id="no VPC"),
        pytest.param({"vpc_id": "vpc-e"}, id="another VPC"),
    ],
)
def test_a_teardown_goes_by_account_as_own_marks(given: dict[str, Any]) -> None:
    facts = retained(peerings=[joined()])
    facts["route_tables"][1]["routes"].append(route(BLOCK_B, "pcx-1"))
    facts["security_groups"][0]["rules"].append(our_rule())
    result = plan(facts, consumer(**given), state="absent", allowed_accounts=[C])
    assert result["conflicts"] == []
    assert connections(result, "absent") == [{"id": "pcx-1", "side": "accepter"}]
    assert [rule["group_id"] for rule in rules(result, "absent")["sg-a"]] == ["sg-b"]
    assert_touches_only(facts, result, B)


def test_only_some_accounts_may_be_consumers() -> None:
    assert plan(facts_a(), consumer(), allowed_accounts=[B])["conflicts"] == []
    [why] = plan(facts_a(), consumer(), allowed_accounts=[C])["conflicts"]
    assert B in why and "dax_account_a_allowed_accounts" in why


# M11: the condition in the trust is the owner's.


@pytest.mark.parametrize("asked", ["", "S3"])
@pytest.mark.parametrize("claimed", [None, "evil"])
def test_m11_no_document_sets_or_removes_the_external_id(asked: str, claimed: str | None) -> None:
    elsewhere: dict[str, Any] = {"vpc_id": "vpc-e", "cidr_blocks": ["10.4.0.0/24"], "peering_connection_id": None}
    given = [consumer(external_id=claimed), consumer(name="second", external_id="x2", **elsewhere)]
    for consumers in (given[:1], given, given[::-1], [*given, consumer(C, external_id="of-c")]):
        result = plan(facts_a(), *consumers, external_id=asked)
        trusted = trusted_principals(changed_role(result)["trust"])
        assert set(trusted.values()) == {asked or None}
        assert set(trusted) <= {build.ROLE_B, ROLE_C}
