# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every single fault of the links that IAM decides and of the way to STS: what breaks it, the check that says so."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy, service_trust
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.healthy_iam import named

Break = Callable[[Pair], None]


class Fault(NamedTuple):
    """A single fault.

    :ivar check: the id of the one check that is broken by it.
    :ivar kind: of the healthy pair in which it happens.
    :ivar says: a part of what is found.
    """

    check: str
    happen: Break
    kind: str = "plain"
    says: str = ""


def setting(side: str, reading: str, **more: Any) -> Break:
    """Change fields of a reading, such as the instance."""

    def happen(made: Pair) -> None:
        healthy.value(getattr(made, side), reading).update(copy.deepcopy(more))

    return happen


def putting(side: str, reading: str, new: Any) -> Break:
    return lambda made: healthy.put(getattr(made, side), reading, copy.deepcopy(new))


def wanting(**more: Any) -> Break:
    """Let the variables say something else."""
    return lambda made: healthy.bend(made, wanted=dataclasses.replace(made.wanted, **more))


def trusting(*statements: dict[str, Any], **wanted: Any) -> Break:
    """Change the statement of account A's trust policy, and add others; conditions come to those that it has."""

    def happen(made: Pair) -> None:
        document = healthy.value(made.a, "role")["trust"]
        own, (first, *others) = document["Statement"][0], copy.deepcopy(statements)
        block = {**own.get("Condition", {}), **first.get("Condition", {})}
        changed = {key: value for key, value in first.items() if value != ASSUME.get(key)}
        own.update(changed, **({"Condition": block} if block else {}))
        document["Statement"] += others
        wanting(**wanted)(made)

    return happen


ASSUME = build.trust(build.ROLE_B)


def policies(side: str, *documents: dict[str, Any], role: str = "role") -> Break:
    """Give a role these policies and no others."""
    found = [named(f"Policy{number}", item) for number, item in enumerate(documents)]
    return setting(side, role, policies=found)


def also(side: str, *statements: dict[str, Any], arn: str | None = None) -> Break:
    """Give a role one more policy."""

    def happen(made: Pair) -> None:
        document = build.policy(*copy.deepcopy(statements))
        healthy.value(getattr(made, side), "role")["policies"].append(named("More", document, arn))

    return happen


def boundary(side: str, *statements: dict[str, Any]) -> Break:
    account = build.A if side == "a" else build.B
    limit = named("Limit", build.policy(*statements), f"arn:aws:iam::{account}:policy/Limit")
    return setting(side, "role", boundary=limit)


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def assume(**more: Any) -> dict[str, Any]:
    return {**ASSUME, **more}


def condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


def routes(*found: dict[str, Any], table: int = 0) -> Break:
    """Replace what a table of account B has beside its local route and the peering."""

    def happen(made: Pair) -> None:
        own = healthy.value(made.b, "route_tables")[table]
        kept = [item for item in own["routes"] if item["target_type"] in ("local", "vpc_peering_connection")]
        own["routes"] = [*kept, *found]

    return happen


def egress(*rules: dict[str, Any]) -> Break:
    """Let the client's group out by these rules alone, of all protocols where they do not say another one."""

    def happen(made: Pair) -> None:
        found = [
            build.rule(f"sgr-{number}", -1, **{"egress": True, "protocol": "-1", **item})
            for number, item in enumerate(rules)
        ]
        healthy.value(made.b, "security_groups")[0]["rules"] = found

    return happen


def endpoint(**more: Any) -> Break:
    return lambda made: healthy.value(made.b, "vpc_endpoints")[0].update(copy.deepcopy(more))


def endpoint_rule(**more: Any) -> Break:
    return lambda made: healthy.value(made.b, "endpoint_groups")[0]["rules"][0].update(more)


def nat(**more: Any) -> Break:
    return lambda made: healthy.value(made.b, "nat_gateways")[0].update(more)


def _delete_consumer_role(made: Pair) -> None:
    """Delete the consumer's role, which IAM lets nobody do before it is out of its instance profile."""
    healthy.put(made.b, "role", None)
    if profile := healthy.value(made.b, "instance_profile"):
        profile["role_names"] = []


def _tags_untrusted(made: Pair) -> None:
    also("b", allow("sts:TagSession"))(made)
    wanting(session_tags=True)(made)


CLUSTER_PORT = {"protocol": "tcp", "from_port": 8111, "to_port": 8111}
MFA = condition("Bool", "aws:MultiFactorAuthPresent", "true")
OTHER_ROLE = f"arn:aws:iam::{build.A}:role/OldDaxRole"
IGW = build.route("0.0.0.0/0", "igw-1")
OTHER_CLUSTER = build.CLUSTER_ARN.replace("orders", "payments")

FAULTS: dict[str, Fault] = {
    "no instance": Fault("compute.instance", putting("b", "instance", None)),
    "stopped": Fault(
        "compute.instance", setting("b", "instance", state="stopped", public_ip_address=None), says="stopped"
    ),
    "stopping": Fault("compute.instance", setting("b", "instance", state="stopping")),
    "pending": Fault("compute.instance", setting("b", "instance", state="pending")),
    "terminated": Fault("compute.instance", setting("b", "instance", state="terminated")),
    "shutting down": Fault("compute.instance", setting("b", "instance", state="shutting-down")),
    "profile gone": Fault("compute.profile", putting("b", "instance_profile", None)),
    "profile made anew": Fault(
        "compute.profile", setting("b", "instance_profile", instance_profile_id="AIPAANEW"), says="made anew"
    ),
    "no profile": Fault(
        "compute.profile", setting("b", "instance", instance_profile_id=None, instance_profile_arn=None), says="none"
    ),
    "another profile": Fault(
        "compute.profile", setting("b", "instance", instance_profile_id="AIPAX", instance_profile_arn="arn:x")
    ),
    "profile without role": Fault("compute.profile_role", setting("b", "instance_profile", role_names=[])),
    "profile with another role": Fault("compute.profile_role", setting("b", "instance_profile", role_names=["Other"])),
    "role for another service": Fault(
        "compute.role_trust", setting("b", "role", trust=service_trust("lambda.amazonaws.com"))
    ),
    "no consumer role": Fault("assume.role", _delete_consumer_role),
    "no policy": Fault("assume.permission", policies("b"), says="no identity-based policy"),
    "wrong role ARN": Fault(
        "assume.permission", policies("b", build.policy(allow("sts:AssumeRole", OTHER_ROLE))), says="OldDaxRole"
    ),
    "wrong case": Fault(
        "assume.permission", policies("b", build.policy(allow("sts:AssumeRole", build.ROLE_A.replace("Dax", "dax"))))
    ),
    "wrong account": Fault(
        "assume.permission", policies("b", build.policy(allow("sts:*", f"arn:aws:iam::{build.C}:role/*")))
    ),
    "wrong action": Fault("assume.permission", policies("b", build.policy(allow("sts:AssumeRoleWithSAML", "*")))),
    "all but this": Fault(
        "assume.permission",
        policies("b", build.policy({"Effect": "Allow", "NotAction": "sts:*", "Resource": "*"})),
    ),
    "not this resource": Fault(
        "assume.permission",
        policies("b", build.policy({"Effect": "Allow", "Action": "sts:*", "NotResource": build.ROLE_A})),
    ),
    "identity asks for MFA": Fault("assume.conditions", policies("b", build.policy(allow("sts:AssumeRole", **MFA)))),
    "expired": Fault(
        "assume.conditions",
        policies(
            "b", build.policy(allow("sts:*", **condition("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z")))
        ),
    ),
    "inline deny": Fault("assume.deny", also("b", deny("sts:*")), says="denies it explicitly"),
    "attached deny": Fault(
        "assume.deny", also("b", allow("s3:*"), deny("*"), arn=f"arn:aws:iam::{build.B}:policy/More")
    ),
    "deny outside of a VPC": Fault(
        "assume.deny", also("b", deny("sts:AssumeRole", **condition("StringNotEquals", "aws:SourceVpc", "vpc-9")))
    ),
    "boundary without sts": Fault("assume.boundary", boundary("b", allow("s3:*"))),
    "boundary denies": Fault("assume.boundary", boundary("b", allow("*"), deny("sts:AssumeRole"))),
    "no TagSession in B": Fault(
        "assume.session_tags",
        trusting(assume(Action=["sts:AssumeRole", "sts:TagSession"]), session_tags=True),
    ),
    "no default route": Fault("sts.route", routes(), says="no default route"),
    "blackhole": Fault("sts.route", routes(build.route("0.0.0.0/0", "igw-9", "blackhole"))),
    "gateway detached": Fault("sts.route", putting("b", "internet_gateways", [])),
    "subnet on another table": Fault(
        "sts.route",
        lambda made: healthy.value(made.b, "route_tables").append(
            build.table(
                "rtb-x", build.route(build.BLOCK_A), build.route(build.BLOCK_B, "local"), subnets=("subnet-b1",)
            )
        ),
    ),
    "no public address": Fault("sts.address", setting("b", "instance", public_ip_address=None)),
    "no egress to 443": Fault("sts.egress", egress({"cidr_ip": "0.0.0.0/0", **CLUSTER_PORT})),
    "egress to private addresses": Fault("sts.egress", egress({"cidr_ip": "10.0.0.0/8"})),
    "egress beside the endpoint": Fault(
        "sts.egress", egress({"cidr_ip": build.BLOCK_A}, {"source_group_id": "sg-9"}), "vpc_endpoint"
    ),
    "NAT pending": Fault("sts.nat", nat(state="pending"), "adopted"),
    "NAT failed": Fault("sts.nat", nat(state="failed"), "adopted"),
    "NAT gone": Fault("sts.nat", putting("b", "nat_gateways", []), "adopted", "not there"),
    "NAT private": Fault("sts.nat", nat(connectivity="private"), "adopted", "private"),
    "NAT without gateway": Fault("sts.nat", routes(table=3), "adopted", "rtb-public"),
    "endpoint pending": Fault("sts.endpoint", endpoint(state="pending"), "vpc_endpoint"),
    "endpoint failed": Fault("sts.endpoint", endpoint(state="failed"), "vpc_endpoint"),
    "private DNS off": Fault("sts.endpoint", endpoint(private_dns=False), "vpc_endpoint", "private DNS"),
    "endpoint in no subnet": Fault("sts.endpoint", endpoint(subnet_ids=[]), "vpc_endpoint"),
    "wrong region": Fault("sts.endpoint", wanting(sts_region="eu-west-1"), "vpc_endpoint", "eu-west-1"),
    "endpoint of another region": Fault(
        "sts.endpoint", endpoint(service_name="com.amazonaws.eu-west-1.sts"), "vpc_endpoint"
    ),
    "gateway endpoint": Fault("sts.route", endpoint(endpoint_type="Gateway"), "vpc_endpoint"),
    "endpoint gone": Fault("sts.route", putting("b", "vpc_endpoints", []), "vpc_endpoint"),
    "endpoint group empty": Fault(
        "sts.endpoint_group", lambda made: healthy.value(made.b, "endpoint_groups")[0]["rules"].clear(), "vpc_endpoint"
    ),
    "endpoint group of others": Fault("sts.endpoint_group", endpoint_rule(source_group_id="sg-9"), "vpc_endpoint"),
    "endpoint port": Fault("sts.endpoint_group", endpoint_rule(from_port=80, to_port=80), "vpc_endpoint"),
    "endpoint block": Fault(
        "sts.endpoint_group", endpoint_rule(source_group_id=None, cidr_ip="10.9.0.0/16"), "vpc_endpoint"
    ),
    "endpoint policy of another role": Fault(
        "sts.endpoint_policy",
        endpoint(policy=build.policy({**allow("sts:AssumeRole", OTHER_ROLE), "Principal": "*"})),
        "vpc_endpoint",
    ),
    "endpoint policy denies": Fault(
        "sts.endpoint_policy",
        endpoint(
            policy=build.policy({**allow("*"), "Principal": "*"}, {**deny("sts:*"), "Principal": {"AWS": build.B}})
        ),
        "vpc_endpoint",
    ),
    "endpoint policy of others": Fault(
        "sts.endpoint_policy",
        endpoint(policy=build.policy({**allow("*"), "Principal": {"AWS": f"arn:aws:iam::{build.C}:root"}})),
        "vpc_endpoint",
    ),
    "no role in A": Fault("trust.role", putting("a", "role", None)),
    "trusts another": Fault("trust.principal", trusting(build.trust(f"arn:aws:iam::{build.C}:root")), says=build.C),
    "trusts another role": Fault("trust.principal", trusting(build.trust(f"arn:aws:iam::{build.B}:role/Old"))),
    "trusts a service": Fault("trust.principal", trusting(assume(Principal={"Service": "ec2.amazonaws.com"}))),
    "trusts for another action": Fault("trust.principal", trusting(assume(Action="sts:AssumeRoleWithSAML"))),
    "trusts another session": Fault(
        "trust.principal", trusting(build.trust(f"arn:aws:sts::{build.B}:assumed-role/AssumeDaxRole/i-9"))
    ),
    "dead principal": Fault("trust.dead", trusting(build.trust("AROAEXAMPLEGONE")), says="AROAEXAMPLEGONE"),
    "external id not given": Fault(
        "trust.external_id", trusting(assume(**condition("StringEquals", "sts:ExternalId", "orders-7")))
    ),
    "another external id": Fault(
        "trust.external_id",
        trusting(assume(**condition("StringEquals", "sts:ExternalId", "orders-7")), external_id="orders-8"),
    ),
    "session name": Fault(
        "trust.session_name",
        trusting(assume(**condition("StringLike", "sts:RoleSessionName", "app-*")), session_name="dax-client"),
    ),
    "trust asks for MFA": Fault("trust.conditions", trusting(assume(**MFA))),
    "trust expired": Fault(
        "trust.conditions", trusting(assume(**condition("DateLessThan", "aws:CurrentTime", "2025-01-01T00:00:00Z")))
    ),
    "trust asks for a tag": Fault(
        "trust.conditions", trusting(assume(**condition("StringEquals", "aws:PrincipalTag/team", "orders")))
    ),
    "trust asks for another address": Fault(
        "trust.conditions", trusting(assume(**condition("IpAddress", "aws:SourceIp", "192.0.2.0/24")))
    ),
    "account, other role": Fault(
        "trust.conditions",
        trusting(
            {
                **build.trust(f"arn:aws:iam::{build.B}:root"),
                **condition("ArnLike", "aws:PrincipalArn", "arn:*:role/App*"),
            }
        ),
    ),
    "trust denies": Fault("trust.deny", trusting(assume(), {**build.trust("*", sid="No"), "Effect": "Deny"})),
    "trust takes no tags": Fault(
        "trust.session_tags",
        _tags_untrusted,
    ),
    "session too long": Fault("trust.duration", wanting(max_session_seconds=7200), says="an hour"),
    "no dax policy": Fault("rights.actions", policies("a")),
    "read only": Fault("rights.actions", policies("a", dax_policy(build.CLUSTER_ARN, "read")), says="dax:PutItem"),
    "one action missing": Fault(
        "rights.actions",
        lambda made: healthy.value(made.a, "role")["policies"][0]["document"]["Statement"][0]["Action"].remove(
            "dax:Query"
        ),
        says="dax:Query",
    ),
    "another cluster": Fault("rights.actions", policies("a", dax_policy(OTHER_CLUSTER, "read_write")), says="payments"),
    "rights ask for MFA": Fault(
        "rights.conditions",
        policies("a", build.policy(allow("dax:*", **condition("StringEquals", "aws:PrincipalTag/x", "y")))),
    ),
    "rights denied": Fault("rights.deny", also("a", deny(["dax:PutItem", "dax:DeleteItem"])), says="dax:DeleteItem"),
    "boundary in A": Fault("rights.boundary", boundary("a", allow("dynamodb:*"))),
    "boundary in A denies": Fault("rights.boundary", boundary("a", allow("*"), deny("dax:GetItem"))),
    "boundary in A denies and lets little pass": Fault(
        "rights.boundary", boundary("a", allow("dax:Get*"), deny("dax:GetItem"))
    ),
    "boundary in A reads": Fault("rights.boundary", boundary("a", allow(["dax:Get*", "dax:Query"]))),
    "no service role": Fault("cluster.service_role", putting("a", "service_role", None)),
    "service role of another": Fault(
        "cluster.service_role", setting("a", "service_role", trust=service_trust("ec2.amazonaws.com"))
    ),
    "service role without rights": Fault("cluster.service_rights", policies("a", role="service_role")),
    "service role cannot scan": Fault(
        "cluster.service_rights",
        policies("a", build.policy(allow(["dynamodb:Get*", "dynamodb:Query"])), role="service_role"),
    ),
}
