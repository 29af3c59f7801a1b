# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints as the instance's access to STS and to Systems Manager. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable

from ...common.shapes import FactsB, SecurityGroup, Subnet
from ..model import Plan
from ..resources import resource
from .desired import Desired
from .owned import client_subnets, is_own_group, security_group, vpc_id_of

MODULE = "amazon.aws.ec2_vpc_endpoint"
RULES_MODULE = "dax.cross_account.ec2_security_group_rules"
SSM_SERVICES = ("ssm", "ssmmessages", "ec2messages")

# How long amazon.aws's module waits by itself: an endpoint takes minutes, whatever the other waits are.
LEAST_WAIT = 320


def plan_endpoints(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the endpoints that are missing, and the rule that lets the client's group reach them."""
    services = _missing_services(facts, desired)
    for name in services.values():
        about = resource("vpc_endpoint", service=name)
        plan.add("endpoints", "create", about, why="STS access of the instance, dax_account_b_sts_access")
    group = security_group(facts, desired)
    if services or any(desired.is_owned(item["tags"]) for item in facts["vpc_endpoints"]):
        _plan_rule(plan, facts, desired, group)
    for service, name in services.items():
        _write_endpoint(plan, facts, desired, group, service, name)


def _missing_services(facts: FactsB, desired: Desired) -> dict[str, str]:
    """Return the services that have no endpoint, with the full name that they have in this region."""
    services = ("sts", *SSM_SERVICES) if desired.options.ssm_access else ("sts",)
    prefix = "cn." if facts["identity"]["partition"] == "aws-cn" else ""
    names = {service: f"{prefix}com.amazonaws.{facts['region']}.{service}" for service in services}
    present = [item["service_name"] for item in facts["vpc_endpoints"]]
    return {service: name for service, name in names.items() if not any(item.endswith(name) for item in present)}


def _plan_rule(plan: Plan, facts: FactsB, desired: Desired, group: SecurityGroup | None) -> None:
    if group and _has_rule(group):
        return
    if group and not is_own_group(group, facts, desired):
        why = "lets in nothing on TCP 443 from itself, which the VPC endpoints that carry it need; it is not ours, so "
        about = resource("security_group", group_id=group["group_id"])
        plan.warn("endpoints", about, f"{why}add that rule to it")
        return
    about = resource("rule", port=443, name=desired.options.security_group_name)
    plan.add("endpoints", "create", about, why="the endpoints carry the client's own security group")
    if group:
        rule = {
            "protocol": "tcp",
            "from_port": 443,
            "group_id": group["group_id"],
            "description": "dax.cross_account: VPC endpoints",
            "tags": desired.tags,
        }
        plan.write("endpoints", RULES_MODULE, about, {"group_id": group["group_id"], "rules": [rule]})


def _has_rule(group: SecurityGroup) -> bool:
    return any(
        not rule["egress"] and rule["source_group_id"] == group["group_id"] and rule["from_port"] == 443
        for rule in group["rules"]
    )


def _write_endpoint(
    plan: Plan, facts: FactsB, desired: Desired, group: SecurityGroup | None, service: str, name: str
) -> None:
    vpc_id, subnet_ids = vpc_id_of(facts), _one_per_zone(client_subnets(facts, desired))
    if vpc_id is None or group is None or not subnet_ids:
        return
    about, timeout = resource("vpc_endpoint", service=name), max(desired.options.wait_timeout, LEAST_WAIT)
    args = {
        "state": "present",
        "vpc_id": vpc_id,
        "vpc_endpoint_type": "Interface",
        "service": name,
        "vpc_endpoint_subnets": subnet_ids,
        "vpc_endpoint_security_groups": [group["group_id"]],
        "tags": {**desired.tags, "Name": f"{desired.options.name}-{service}"},
        "wait": True,
        "wait_timeout": timeout,
    }
    waits_for = f"{about} to become available"
    plan.write("endpoints", MODULE, about, args, once=True, waits_for=waits_for, timeout=timeout)


def _one_per_zone(subnets: Iterable[Subnet]) -> list[str]:
    """Return one subnet of each availability zone: an endpoint takes no more."""
    by_zone: dict[str, str] = {}
    for subnet in subnets:
        by_zone.setdefault(subnet["availability_zone"], subnet["subnet_id"])
    return sorted(by_zone.values())


def plan_endpoint_removal(plan: Plan, endpoint_id: str) -> None:
    about = resource("vpc_endpoint", vpc_endpoint_id=endpoint_id)
    plan.add("endpoints", "remove", about)
    args = {"state": "absent", "vpc_endpoint_id": endpoint_id, "wait": True}
    plan.write("endpoints", MODULE, about, args, waits_for=f"{about} to be deleted", timeout=LEAST_WAIT)
