# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault of the IAM links is told by one check; two faults by both, the first in travel order as the headline."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import (
    READ_ACTIONS,
    WRITE_ACTIONS,
    dax_policy,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor import diagnose as doctor
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import CHECKS, LINKS
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.faults_iam import (
    FAULTS,
    MFA,
    OTHER_CLUSTER,
    allow,
    also,
    assume,
    boundary,
    condition,
    deny,
    egress,
    policies,
    routes,
    setting,
    trusting,
    wanting,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.healthy_iam import (
    TABLE,
    TABLE_ACTIONS,
    named,
)

LINKS_HERE = ("compute", "assume", "sts", "trust", "rights")
CHECKS_HERE = sorted(
    (name for name, item in CHECKS.items() if item.link in LINKS_HERE or name.startswith("cluster.service")),
    key=lambda name: list(LINKS).index(CHECKS[name].link),
)


def broken(said: Any) -> list[str]:
    return list(dict.fromkeys(item["check"] for item in said["findings"] if item["verdict"] == "broken"))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_breaks_its_check_alone(name: str) -> None:
    fault = FAULTS[name]
    made = healthy.pair(fault.kind)
    fault.happen(made)
    said = doctor.diagnose(made)
    assert broken(said) == [fault.check]
    assert said["headline"]["check"] == fault.check
    assert fault.says in said["headline"]["found"]
    assert said["headline"]["fix"]["text"]


def test_every_check_has_a_fault() -> None:
    assert {fault.check for fault in FAULTS.values()} == set(CHECKS_HERE)


# One fault of each check, in travel order; those of other kinds of pairs meet their own kind.
FIRST = {name: next(fault for fault, item in FAULTS.items() if item.check == name) for name in CHECKS_HERE}
# A role that is gone has no trust policy and is in no profile, whatever else was wrong with it.
HIDING = {("compute.profile_role", "assume.role"), ("compute.role_trust", "assume.role")}
# What is gone, or leads nowhere, cannot be looked at; and whose tags nobody knows.
HIDES: dict[str, tuple[str, ...]] = {
    "compute.instance": ("compute.profile", "sts.address"),
    "compute.profile": ("compute.profile_role",),
    "assume.role": ("assume.", "trust."),
    "assume.permission": ("assume.session_tags",),
    "assume.session_tags": ("rights.conditions",),
    "sts.route": ("sts.address",),
    "sts.endpoint": ("sts.endpoint_",),
    "trust.role": ("trust.", "rights."),
    "trust.principal": ("trust.",),
    "trust.dead": ("trust.",),
    "trust.session_tags": ("rights.conditions",),
    "cluster.service_role": ("cluster.service_rights",),
}
# Each changes what the other one changes.
CONTRARY = {
    ("assume.permission", "assume.conditions"),
    ("assume.session_tags", "trust.session_tags"),
    ("trust.principal", "trust.dead"),
    ("rights.actions", "rights.conditions"),
}
REMOVALS = ("no instance", "profile gone", "no consumer role", "no role in A", "no service role")
PAIRS = [
    pair
    for pair in itertools.combinations(CHECKS_HERE, 2)
    if FAULTS[FIRST[pair[0]]].kind == FAULTS[FIRST[pair[1]]].kind and pair not in HIDING | CONTRARY
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_two_faults_the_first_on_the_way_is_the_headline(one: str, other: str) -> None:
    made = healthy.pair(FAULTS[FIRST[one]].kind)
    for name in sorted((FIRST[one], FIRST[other]), key=lambda name: name in REMOVALS):
        FAULTS[name].happen(made)
    said = doctor.diagnose(made)
    assert said["headline"]["check"] == one
    assert broken(said) in ([one, other], [one] if other.startswith(HIDES.get(one, ())) else [])


@pytest.mark.parametrize("reading", ["instance", "instance_profile", "role", "route_tables", "vpc_endpoints"])
def test_what_cannot_be_read_is_unknown(reading: str) -> None:
    made = healthy.pair()
    healthy.refuse(made.b, reading)
    said = doctor.diagnose(made)
    assert broken(said) == []
    assert said["verdict"] == "unknown"


@pytest.mark.parametrize("kind", healthy.KINDS)
@pytest.mark.parametrize("side", ["a", "b"])
def test_one_side_alone_has_nothing_broken(kind: str, side: str) -> None:
    made = healthy.pair(kind)
    healthy.bend(made, **{side: None})
    assert broken(doctor.diagnose(made)) == []


UNKNOWN = {
    "organization": ("trust.conditions", trusting(assume(**condition("StringEquals", "aws:PrincipalOrgID", "o-1")))),
    "session name": ("trust.session_name", trusting(assume(**condition("StringLike", "sts:RoleSessionName", "app-*")))),
    "deny by organization": (
        "trust.deny",
        trusting(
            assume(),
            {**build.trust("*"), "Effect": "Deny", **condition("StringNotEquals", "aws:PrincipalOrgID", "o-1")},
        ),
    ),
    "identity": (
        "assume.conditions",
        policies("b", build.policy(allow("sts:*", **condition("StringEquals", "aws:PrincipalOrgID", "o-1")))),
    ),
    "boundary": (
        "assume.boundary",
        boundary("b", allow("*", **condition("StringLike", "aws:PrincipalOrgPaths", "o-1/*"))),
    ),
    "rights": (
        "rights.conditions",
        policies("a", build.policy(allow("dax:*", **condition("IpAddress", "aws:SourceIp", "192.0.2.0/24")))),
    ),
    "transit gateway": ("sts.route", routes(build.route("0.0.0.0/0", "tgw-1"))),
    "firewall": ("sts.route", routes(build.route("0.0.0.0/0", "vpce-1"))),
    "narrow egress": ("sts.egress", egress({"cidr_ip": "10.0.0.0/8"}, {"cidr_ip": "52.0.0.0/8"})),
    "egress to a list": ("sts.egress", egress({"cidr_ip": "10.0.0.0/8"}, {"prefix_list_id": "pl-1"})),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_nobody_can_know_is_unknown_and_not_broken(name: str) -> None:
    check_id, happen = UNKNOWN[name]
    made = healthy.pair()
    happen(made)
    said = doctor.diagnose(made)
    worse = {item["check"]: item["verdict"] for item in said["findings"] if item["verdict"] != "ok"}
    assert worse == {check_id: "unknown"}


# What looks odd, and works all the same.
FINE = {
    "account root": trusting(build.trust(f"arn:aws:iam::{build.B}:root")),
    "account number": trusting(build.trust(build.B)),
    "anybody with the external id": trusting(
        build.trust("*", condition={"StringEquals": {"sts:ExternalId": "orders-7"}}), external_id="orders-7"
    ),
    "session of the instance": trusting(build.trust(f"arn:aws:sts::{build.B}:assumed-role/AssumeDaxRole/i-1")),
    "pattern of session names": trusting(
        assume(**condition("StringLike", "sts:RoleSessionName", "dax-*")), session_name="dax-client"
    ),
    "encrypted": trusting(assume(**condition("Bool", "aws:SecureTransport", "true"))),
    "this role of an account": trusting(
        {**build.trust(build.B), **condition("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/Assume*")}
    ),
    "tag of the role": lambda made: (
        setting("b", "role", tags={"team": "orders"})(made),
        trusting(assume(**condition("StringEquals", "aws:PrincipalTag/team", "orders")))(made),
    )[-1],
    "address of the instance": trusting(assume(**condition("IpAddress", "aws:SourceIp", "203.0.113.0/24"))),
    "another statement that fails": trusting(assume(), {**build.trust(build.ROLE_B, sid="Other"), **MFA}),
    "deny of others": trusting(assume(), {**build.trust(build.C, sid="No"), "Effect": "Deny"}),
    "all of sts": policies("b", build.policy(allow("sts:*"))),
    "administrator": policies("b", build.policy(allow("*"))),
    "wildcard of roles": policies("b", build.policy(allow("sts:AssumeRole", "arn:aws:iam::*:role/Dax*"))),
    "deny of other roles": also("b", {"Effect": "Deny", "Action": "sts:*", "NotResource": build.ROLE_A}),
    "boundary that lets it pass": boundary("b", allow("sts:*", build.ROLE_A)),
    "all of dax": policies("a", build.policy(allow("dax:*", "arn:aws:dax:*:*:cache/ord*"))),
    "statements for single actions": policies(
        "a", *(build.policy(allow(action, build.CLUSTER_ARN)) for action in READ_ACTIONS + WRITE_ACTIONS)
    ),
    "read alone": lambda made: (
        wanting(access="read")(made),
        policies("a", dax_policy(build.CLUSTER_ARN, "read"))(made),
    )[-1],
    "deny of another cluster": also("a", deny("dax:*", OTHER_CLUSTER)),
    "service role of all of a table": policies(
        "a",
        build.policy(allow("dynamodb:*", "arn:aws:dynamodb:us-east-1:111111111111:table/orders")),
        role="service_role",
    ),
    "service role with a variable": lambda made: healthy.value(made.a, "service_role").update(
        tags={"team": "orders"},
        policies=[
            named("T", build.policy(allow("dynamodb:*", "arn:aws:dynamodb:*:*:table/${aws:PrincipalTag/team}"))),
        ],
    ),
}


@pytest.mark.parametrize("name", FINE)
def test_what_looks_odd_and_works_has_no_finding(name: str) -> None:
    made = healthy.pair()
    FINE[name](made)
    assert [item for item in doctor.diagnose(made)["findings"] if item["verdict"] != "ok"] == []


def test_principals_that_are_dead_beside_the_consumer_are_a_warning() -> None:
    made = healthy.pair()
    trusting(assume(), build.trust("AROAGONE", sid="Other"))(made)
    found = [item for item in doctor.diagnose(made)["findings"] if item["verdict"] != "ok"]
    assert [(item["check"], item["verdict"]) for item in found] == [("trust.dead", "warning")]
    # Others' statement stands in the way of a run, which could not save the policy.
    assert found[0]["fix"]["kind"] == "command"
    assert "AROAGONE" not in str(found[0]["fix"]["commands"])


@pytest.mark.parametrize("resource", ["*", "arn:aws:dynamodb:*", "arn:aws:dynamodb:us-east-1:111111111111:table/*"])
def test_a_service_role_for_every_table_is_a_warning(resource: str) -> None:
    made = healthy.pair()
    policies("a", build.policy(allow("dynamodb:*", resource)), role="service_role")(made)
    found = [item for item in doctor.diagnose(made)["findings"] if item["verdict"] != "ok"]
    assert [(item["check"], item["verdict"]) for item in found] == [("cluster.blast_radius", "warning")]


def test_the_blast_radius_names_tables_and_actions() -> None:
    made = healthy.pair()
    found = [item for item in doctor.diagnose(made)["findings"] if item["check"] == "cluster.blast_radius"]
    assert [item["evidence"]["table"] for item in found] == [TABLE]
    assert sorted(f"dynamodb:{name}" for name in found[0]["evidence"]["actions"]) == sorted(TABLE_ACTIONS)
