# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints as the instance's access to STS and to Systems Manager. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable

from ...common.ec2 import endpoint_of
from ...common.shapes import EndpointService, FactsB, SecurityGroup, Subnet, VpcEndpoint
from ..model import Plan
from ..resources import resource
from .desired import Desired
from .owned import client_subnets, is_adopted, is_own_group, own_subnets, security_group, vpc_id_of
from .services import missing_services, wanted_services

MODULE = "amazon.aws.ec2_vpc_endpoint"
RULES_MODULE = "dax.cross_account.ec2_security_group_rules"

# Whoever made them, these never become available.
_DEAD = frozenset({"failed", "rejected", "expired"})

# How long amazon.aws's module waits by itself: an endpoint takes minutes, whatever the other waits are.
LEAST_WAIT = 320


def plan_endpoints(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the endpoints that are missing, and the rule that lets the client's group reach them."""
    missing = missing_services(facts, desired)
    _check_names(plan, facts, missing)
    _check_standing(plan, facts, desired)
    services = {service: offered for service, offered in missing.items() if offered}
    for service in missing.keys() - services.keys():
        about = resource("vpc_endpoint", service=f"{facts['region']}.{service}")
        why = f"AWS offers none for this service in region {facts['region']}; choose another dax_account_b_sts_access"
        plan.conflict("endpoints", about, why)
    for offered in services.values():
        about = resource("vpc_endpoint", service=offered["service_name"])
        plan.add("endpoints", "create", about, why="STS access of the instance, dax_account_b_sts_access")
    group = security_group(facts, desired)
    if services or any(desired.is_owned(item["tags"], item["vpc_endpoint_id"]) for item in facts["vpc_endpoints"]):
        _plan_rule(plan, facts, desired, group)
    for service, offered in services.items():
        _write_endpoint(plan, facts, desired, group, service, offered)


def _check_names(plan: Plan, facts: FactsB, missing: dict[str, EndpointService | None]) -> None:
    """Refuse endpoints whose names would not be resolved in an adopted VPC: AWS makes none then.

    In a VPC of ours the attributes are corrected before.
    """
    vpc = facts["vpc"]
    if vpc is None or not is_adopted(facts):
        return
    about = resource("vpc", vpc_id=vpc["vpc_id"])
    off = [word for word, key in (("DNS support", "dns_support"), ("DNS hostnames", "dns_hostnames")) if not vpc[key]]  # type: ignore[literal-required]
    if off:
        why = f"has {' and '.join(off)} disabled, without which no name leads to an endpoint; enable them, or choose "
        plan.conflict("endpoints", about, f"{why}another dax_account_b_sts_access")
    names = {name.rstrip(".").lower() for item in missing.values() if item for name in item["private_dns_names"]}
    for zone in facts["private_zones"]:
        name = zone["name"].rstrip(".").lower()
        if name in names:
            why = f"resolves {name} by a private hosted zone of {zone['owner']} already, perhaps for an endpoint in "
            why += "another VPC; use that one (dax_account_b_sts_access: existing), or end the zone's association"
            plan.conflict("endpoints", about, why)


def _check_standing(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Report the endpoints of the wanted services that do not serve, or not yet."""
    for service in wanted_services(desired.options):
        endpoint = endpoint_of(facts["vpc_endpoints"], facts["region"], service)
        if endpoint is None:
            continue
        about = resource("vpc_endpoint", vpc_endpoint_id=endpoint["vpc_endpoint_id"])
        state = endpoint["state"]
        if state == "deleting":
            why = f"of {service} is being deleted; another one is made when it is gone, by the next run"
            plan.wait_for("endpoints", about, why)
        elif state in _DEAD:
            why = f"of {service} has the state {state}{_said(endpoint)}; delete it and run again"
            plan.conflict("endpoints", about, f"{why} (dax_account_b_sts_access)")
        elif state == "pendingacceptance":
            plan.wait_for("endpoints", about, f"of {service} waits to be accepted by the service's owner")
        elif not endpoint["private_dns"]:
            why = f"of {service} has no private DNS name, so no client finds it by the usual name; enable it, "
            plan.warn("endpoints", about, f"{why}unless a zone of your own leads there")


def _said(endpoint: VpcEndpoint) -> str:
    return f" ({endpoint['last_error']})" if endpoint["last_error"] else ""


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
        wait = {"retry_not_found_seconds": desired.options.wait_timeout}
        plan.write("endpoints", RULES_MODULE, about, {"group_id": group["group_id"], "rules": [rule], **wait})


def _has_rule(group: SecurityGroup) -> bool:
    return any(
        not rule["egress"] and rule["source_group_id"] == group["group_id"] and rule["from_port"] == 443
        for rule in group["rules"]
    )


def _write_endpoint(
    plan: Plan, facts: FactsB, desired: Desired, group: SecurityGroup | None, service: str, offered: EndpointService
) -> None:
    vpc_id, name, zones = vpc_id_of(facts), offered["service_name"], offered["availability_zones"]
    subnets = client_subnets(facts, desired)
    subnet_ids = _one_per_zone(item for item in subnets if item["availability_zone"] in zones)
    if subnets and not subnet_ids and not _more_to_come(facts, desired):
        why = f"AWS offers it in {', '.join(zones) or 'no zone'}, and the client has no subnet there; add one, "
        why += "or choose another dax_account_b_sts_access"
        plan.conflict("endpoints", resource("vpc_endpoint", service=name), why)
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


def _more_to_come(facts: FactsB, desired: Desired) -> bool:
    return not is_adopted(facts) and len(own_subnets(facts, desired)) < desired.options.subnet_count


def _one_per_zone(subnets: Iterable[Subnet]) -> list[str]:
    """Return one subnet of each availability zone: an endpoint takes no more."""
    by_zone: dict[str, str] = {}
    for subnet in subnets:
        by_zone.setdefault(subnet["availability_zone"], subnet["subnet_id"])
    return sorted(by_zone.values())


def plan_endpoint_removal(plan: Plan, endpoint: VpcEndpoint, why: str = "") -> None:
    about = resource("vpc_endpoint", vpc_endpoint_id=endpoint["vpc_endpoint_id"])
    if endpoint["state"] == "deleting":
        plan.wait_for("endpoints", about, "being deleted; AWS ends it by itself")
        return
    plan.add("endpoints", "remove", about, why=why)
    args = {"state": "absent", "vpc_endpoint_id": endpoint["vpc_endpoint_id"], "wait": True}
    plan.write("endpoints", MODULE, about, args, waits_for=f"{about} to be deleted", timeout=LEAST_WAIT)
