# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account B's VPC and what is in it: block, subnets, security group, the way to STS. Pure, no AWS.

A VPC is *ours* when this collection made it, and *adopted* when the user named it by id or tags. In an adopted one
only the security group, the routes to the peering connection and, if asked for, VPC endpoints are added.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..model import Plan, compare_tags, differing
from ...common.addresses import first_free, is_ipv6, network, overlapping, subnet_blocks
from ...common.ownership import is_ours
from .block import block_problems, block_request, choose_block
from ..network import UNKNOWN, check_overlap

SSM_SERVICES = ("ssm", "ssmmessages", "ec2messages")


def adopted(facts: dict[str, Any]) -> bool:
    return facts["vpc_found_by"] in ("id", "tags", "adopted")


def plan_vpc(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Plan the VPC, its subnets and the client's security group."""
    vpc, cluster = facts["vpc"], wanted["cluster"]
    theirs = cluster["cidr_blocks"] + cluster["ipv6_cidr_blocks"]
    if vpc:
        variable = "dax_account_b_vpc_id" if adopted(facts) else "dax_account_b_vpc_cidr"
        check_overlap(plan, vpc["cidr_blocks"] + vpc["ipv6_cidr_blocks"], theirs, variable)
        if not adopted(facts):
            _plan_own_vpc(plan, vpc, wanted)
    else:
        _plan_new_vpc(plan, facts, wanted, theirs)
    if plan.of_kind("conflict") and not vpc:
        return
    if adopted(facts):
        _check_subnets(plan, facts, wanted)
    else:
        _plan_subnets(plan, facts, wanted)
    _plan_group(plan, facts, wanted)


def _vpc_write(wanted: dict[str, Any], vpc: dict[str, Any] | None, block: str) -> dict[str, Any]:
    return {
        "vpc_id": vpc["vpc_id"] if vpc else None,
        "cidr_block": block,
        "ipv6": _wants_ipv6(wanted),
        "name": wanted["name"],
        "tags": {**wanted["all_tags"], "Name": wanted["name"]},
    }


def _wants_ipv6(wanted: dict[str, Any]) -> bool:
    return bool(wanted["cluster"]["network_type"] != "ipv4")


def _plan_new_vpc(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any], theirs: list[str]) -> None:
    problems = block_problems(wanted)
    for variable, problem in problems.items():
        plan.conflict("vpc", f"{wanted[variable]}", f"{problem} (dax_account_b_{variable})")
    if problems:
        return
    block = wanted["vpc_cidr"]
    if block:
        check_overlap(plan, [block], theirs, "dax_account_b_vpc_cidr")
        for left, right in overlapping([block], facts["routed_cidr_blocks"] + wanted["cluster"]["routed_cidr_blocks"]):
            why = f"overlaps {right}, which an account routes elsewhere; choose another dax_account_b_vpc_cidr"
            plan.warn("vpc", f"CIDR block {left}", why)
    else:
        request = block_request(facts, wanted)
        block = choose_block(request, wanted["earlier_requests"], wanted["later_requests"])
        if block is None:
            why = "every one of this size overlaps a block of account A, a VPC or a route of account B; "
            why += "give dax_account_b_vpc_cidr, or change dax_account_b_vpc_prefix or dax_account_b_vpc_pools"
            plan.conflict("vpc", f"a free /{request['prefix']} in {', '.join(request['pools'])}", why)
            return
    why = "" if wanted["vpc_cidr"] else "the first block free of both accounts' blocks and routes"
    plan.add("vpc", "create", f"VPC {wanted['name']}", after=block, why=why)
    plan.writes["vpc"] = _vpc_write(wanted, None, block)


def _plan_own_vpc(plan: Plan, vpc: dict[str, Any], wanted: dict[str, Any]) -> None:
    block = wanted["vpc_cidr"]
    if block and block not in vpc["cidr_blocks"]:
        why = f"has {', '.join(vpc['cidr_blocks'])}, not {block}: AWS changes no VPC's block; run teardown first, "
        plan.conflict("vpc", f"VPC {vpc['vpc_id']}", f"{why}or take the old value back (dax_account_b_vpc_cidr)")
        return
    write = _vpc_write(wanted, vpc, block or vpc["cidr_blocks"][0])
    compare_tags(plan, "vpc", f"VPC {vpc['vpc_id']}", vpc["tags"], write["tags"])
    dns = {"dns_support": True, "dns_hostnames": True}
    changed = differing(vpc, dns)
    if changed:
        plan.add("vpc", "change", f"VPC {vpc['vpc_id']}", changed, dict.fromkeys(changed, True))
    if write["ipv6"] and not vpc["ipv6_cidr_blocks"]:
        plan.add(
            "vpc", "change", f"IPv6 block of VPC {vpc['vpc_id']}", None, "Amazon-provided", "the cluster uses IPv6"
        )
    plan.writes["vpc"] = write


def client_subnets(facts: dict[str, Any], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the subnets whose traffic has to reach the cluster: the named ones, or ours, or all of an adopted VPC."""
    if wanted["subnet_ids"]:
        return [subnet for subnet in facts["subnets"] if subnet["subnet_id"] in wanted["subnet_ids"]]
    return facts["subnets"] if adopted(facts) else own_subnets(facts, wanted)


def own_subnets(facts: dict[str, Any], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the subnets of a VPC of ours that are ours: by their tags or, where these were removed, by their block."""
    blocks: list[str] = []
    with suppress(ValueError):  # too many subnets for the block, which the plan refuses
        blocks = subnet_blocks(facts["vpc"]["cidr_blocks"][0], wanted["subnet_count"]) if facts["vpc"] else []
    return [
        subnet
        for subnet in facts["subnets"]
        if marked(subnet, wanted) or (not adopted(facts) and subnet["cidr_block"] in blocks)
    ]


def _check_subnets(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    vpc_id = facts["vpc"]["vpc_id"]
    known = {subnet["subnet_id"] for subnet in facts["subnets"]}
    for subnet_id in wanted["subnet_ids"]:
        if subnet_id not in known:
            why = f"is not in VPC {vpc_id}, which has {', '.join(sorted(known)) or 'none'}"
            plan.conflict("subnets", f"subnet {subnet_id}", f"{why}; correct dax_account_b_subnet_ids")
    if not known:
        plan.conflict("subnets", f"VPC {vpc_id}", "has no subnet for a client; make one (dax_account_b_vpc_id)")
    if wanted["cluster"]["network_type"] == "ipv6":
        for subnet in client_subnets(facts, wanted):
            if not subnet["ipv6_cidr_blocks"]:
                why = "has no IPv6 block, and the cluster takes IPv6 only; give it one (dax_account_b_subnet_ids)"
                plan.warn("subnets", f"subnet {subnet['subnet_id']}", why)


def _plan_subnets(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    vpc_block = facts["vpc"]["cidr_blocks"][0] if facts["vpc"] else plan.writes["vpc"]["cidr_block"]
    count, public = wanted["subnet_count"], wanted["sts_access"] == "internet_gateway"
    try:
        prefix = network(subnet_blocks(vpc_block, count)[0]).prefixlen
    except ValueError as error:
        plan.conflict("subnets", f"VPC block {vpc_block}", f"{error} (dax_account_b_subnet_count)")
        return
    zones = wanted["availability_zones"] or facts["availability_zones"]
    tags = {**wanted["all_tags"], "Name": wanted["name"]}
    ipv6 = [item for item in (facts["vpc"] or {}).get("ipv6_cidr_blocks", []) if _wants_ipv6(wanted)]
    taken = [
        block for subnet in facts["subnets"] for block in [subnet["cidr_block"], *subnet["ipv6_cidr_blocks"]] if block
    ]
    wanted_ipv6 = _free_ipv6_subnets(ipv6, taken)
    writes = []
    own = own_subnets(facts, wanted)
    for subnet in own:
        resource = f"subnet {subnet['subnet_id']}"
        write = {
            "cidr": subnet["cidr_block"],
            "az": subnet["availability_zone"],
            "ipv6_cidr": next(iter(subnet["ipv6_cidr_blocks"]), "") or (next(wanted_ipv6, "") if ipv6 else ""),
            "map_public": public,
            "tags": tags,
        }
        before = len(plan.actions)
        compare_tags(plan, "subnets", resource, subnet["tags"], tags)
        if subnet["map_public_ip"] != public:
            plan.add("subnets", "change", f"public addresses in {resource}", subnet["map_public_ip"], public)
        if _wants_ipv6(wanted) and not subnet["ipv6_cidr_blocks"]:
            plan.add("subnets", "change", f"IPv6 block of {resource}", None, write["ipv6_cidr"] or UNKNOWN)
        if len(plan.actions) > before:
            writes.append(write)
    for index in range(len(own), count):
        block = first_free(prefix, taken, [vpc_block])
        if block is None:
            why = f"has no free /{prefix} left; lower dax_account_b_subnet_count"
            plan.conflict("subnets", f"VPC block {vpc_block}", why)
            break
        taken.append(block)
        zone = zones[index % len(zones)] if zones else None
        plan.add("subnets", "create", f"subnet {block}", after=zone)
        new = {"cidr": block, "az": zone, "ipv6_cidr": next(wanted_ipv6, "") if ipv6 else "", "map_public": public}
        writes.append({**new, "tags": tags})
    plan.writes["subnets"] = writes


def _free_ipv6_subnets(vpc_blocks: list[str], taken: list[str]) -> Any:
    """Yield the free /64 blocks, which is the size of every IPv6 subnet."""
    for block in vpc_blocks:
        for part in network(block).subnets(new_prefix=64):
            if not any(is_ipv6(item) and overlapping([str(part)], [item]) for item in taken):
                yield str(part)


def security_group(facts: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Return the client's security group: the named one, else ours by its tags, else one of that name."""
    if wanted["security_group_id"]:
        return next(
            (item for item in facts["security_groups"] if item["group_id"] == wanted["security_group_id"]), None
        )
    ours = [item for item in facts["security_groups"] if marked(item, wanted)]
    named = [item for item in facts["security_groups"] if item["group_name"] == wanted["security_group_name"]]
    return next(iter(ours + named), None)


def _plan_group(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    group, name = security_group(facts, wanted), wanted["security_group_name"]
    tags = {**wanted["all_tags"], "Name": name}
    write = {
        "name": group["group_name"] if group else name,
        "group_id": group["group_id"] if group else None,
        "description": group["description"] if group else f"DAX clients of {wanted['cluster']['cluster_name']}",
        "tags": tags,
    }
    if wanted["security_group_id"]:
        if group is None:
            why = "is not in the client's VPC; correct dax_account_b_security_group_id"
            plan.conflict("security_group", f"security group {wanted['security_group_id']}", why)
        return
    if group is None:
        plan.add("security_group", "create", f"security group {name}")
    elif _is_our_group(group, facts, wanted):
        compare_tags(plan, "security_group", f"security group {group['group_id']}", group["tags"], tags)
    else:
        return
    plan.writes["security_group"] = write


def _is_our_group(group: dict[str, Any], facts: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Tell whether a group is ours to change: not when the user named it, nor in an adopted VPC without our marks."""
    return not wanted["security_group_id"] and (marked(group, wanted) or not adopted(facts))


def plan_sts_access(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Plan the instance's way to STS; without one it can never assume the role, however right the rest is."""
    way = wanted["sts_access"]
    plan.writes |= {"internet_gateway": None, "endpoints": [], "endpoint_rules": []}
    if way == "vpc_endpoint":
        _plan_endpoints(plan, facts, wanted)
    elif way == "internet_gateway" and not adopted(facts):
        _plan_gateway(plan, facts, wanted)
    elif facts["vpc"]:
        _check_way_out(plan, facts, wanted)


def _plan_gateway(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    gateway = next(iter(facts["internet_gateways"]), None)
    tags = {**wanted["all_tags"], "Name": wanted["name"]}
    gateway_id = gateway["internet_gateway_id"] if gateway else None
    stale = bool(gateway and not gateway["attached"])
    if gateway is None:
        plan.add(
            "internet_gateway", "create", "internet gateway", why="the instance's way to STS (dax_account_b_sts_access)"
        )
    else:
        resource = f"internet gateway {gateway_id}"
        if stale:
            plan.add("internet_gateway", "change", f"attachment of {resource}", None, facts["vpc"]["vpc_id"])
        stale |= compare_tags(plan, "internet_gateway", resource, gateway["tags"], tags)
    routes = []
    for table in client_tables(facts, wanted):
        resource = f"route 0.0.0.0/0 in {table['route_table_id']}"
        current = next((route for route in table["routes"] if route["destination"] == "0.0.0.0/0"), None)
        entry = {"route_table_id": table["route_table_id"], "destination": "0.0.0.0/0", "gateway_id": gateway_id}
        if current is None:
            plan.add("internet_gateway", "create", resource, after=gateway_id or f"the internet gateway ({UNKNOWN})")
            routes.append(entry)
        elif current["state"] == "blackhole":
            plan.add("internet_gateway", "change", resource, current["target_id"], gateway_id, "it leads nowhere")
            routes.append(entry)
    if facts["vpc"] is None:
        plan.add("internet_gateway", "create", "route 0.0.0.0/0 in the main route table", after="the internet gateway")
    write = {"internet_gateway_id": gateway_id, "present": gateway is not None and not stale, "tags": tags}
    plan.writes["internet_gateway"] = {**write, "routes": routes}


def _plan_endpoints(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    services = ("sts", *SSM_SERVICES) if wanted["ssm_access"] else ("sts",)
    suffix = "cn." if facts["identity"]["partition"] == "aws-cn" else ""
    subnet_ids = _one_per_zone(client_subnets(facts, wanted))
    missing = []
    for service in services:
        name = f"{suffix}com.amazonaws.{facts['region']}.{service}"
        if any(item["service_name"].endswith(name) for item in facts["vpc_endpoints"]):
            continue
        plan.add("endpoints", "create", f"VPC endpoint {name}", why="the instance's way out (dax_account_b_sts_access)")
        tags = {**wanted["all_tags"], "Name": f"{wanted['name']}-{service}"}
        missing.append({"service": name, "subnet_ids": subnet_ids, "tags": tags})
    plan.writes["endpoints"] = missing
    group = security_group(facts, wanted)
    has_rule = group is not None and any(
        not rule["egress"] and rule["source_group_id"] == group["group_id"] and rule["from_port"] == 443
        for rule in group["rules"]
    )
    ours = [item for item in facts["vpc_endpoints"] if marked(item, wanted)]
    if has_rule or not (missing or ours):
        return
    if group and not _is_our_group(group, facts, wanted):
        why = "lets in nothing on TCP 443 from itself, which the VPC endpoints that carry it need; it is not ours, so "
        plan.warn("endpoints", f"security group {group['group_id']}", f"{why}add that rule to it")
        return
    why = "the endpoints carry the client's own security group"
    plan.add("endpoints", "create", f"rule TCP 443 from {wanted['security_group_name']} to itself", why=why)
    rule = {"protocol": "tcp", "from_port": 443, "group_id": group["group_id"] if group else None}
    plan.writes["endpoint_rules"] = [
        {**rule, "description": "dax.cross_account: VPC endpoints", "tags": wanted["all_tags"]}
    ]


def _one_per_zone(subnets: list[dict[str, Any]]) -> list[str]:
    """Return one subnet of each availability zone: an endpoint takes no more."""
    by_zone = {subnet["availability_zone"]: subnet["subnet_id"] for subnet in reversed(subnets)}
    return sorted(by_zone.values())


def _check_way_out(plan: Plan, facts: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Warn when nothing in an adopted VPC leads to STS: no default route and no endpoint."""
    if any(item["service_name"].endswith(".sts") for item in facts["vpc_endpoints"]):
        return
    tables = {table["route_table_id"]: table for table in facts["route_tables"]}
    for subnet in client_subnets(facts, wanted):
        table = tables.get(facts["effective_route_tables"].get(subnet["subnet_id"], ""))
        routes = table["routes"] if table else []
        if not any(route["destination"] in ("0.0.0.0/0", "::/0") and route["state"] == "active" for route in routes):
            why = "has neither a default route nor a VPC endpoint for STS, so nothing in it can assume the role; "
            plan.warn("sts_access", f"subnet {subnet['subnet_id']}", f"{why}see dax_account_b_sts_access: vpc_endpoint")


def client_tables(facts: dict[str, Any], wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tables that the client's subnets follow, each once; a VPC without subnets yet has its main table."""
    subnets = client_subnets(facts, wanted)
    used = {facts["effective_route_tables"].get(subnet["subnet_id"]) for subnet in subnets}
    return [item for item in facts["route_tables"] if item["route_table_id"] in used or (not subnets and item["main"])]


def marked(tagged: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return is_ours(tagged["tags"], wanted["cluster"]["cluster_arn"], wanted["name"])
