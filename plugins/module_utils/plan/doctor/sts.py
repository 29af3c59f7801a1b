# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 3: a way from each of the client's subnets to STS. Pure, no AWS.

Where an endpoint serves the name, what is wrong with the internet does not matter, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...common.addresses import inside, network, overlapping
from ...common.doctor import DoctorEndpoint
from ...common.shapes import Rule, SecurityGroup
from .allowance import Command, with_result_of
from .iam_matching import Truth
from .model import B, Finding, Fix, check
from .pair import Pair, is_managed
from .sts_ways import (
    TIMEOUT,
    Way,
    client_ways,
    covers,
    effective_table,
    endpoint_is_meant,
    internet_way,
    nat_gateway,
    serving_endpoint,
    subnet_of,
)


def _default_ways(pair: Pair) -> dict[str, Way]:
    """Return the ways of the subnets that go by their default route."""
    return {name: way for name, way in client_ways(pair).items() if way.kind != "endpoint"}


@check("sts.route", "Each client subnet has a route to STS", *TIMEOUT)
def has_route(pair: Pair) -> Iterator[Finding]:
    for subnet_id, way in _default_ways(pair).items():
        subject, evidence = f"default route of {subnet_id}", {"route_table_id": way.table, "target": way.target}
        if subnet_of(pair, subnet_id).get("cidr_block", "") is None:
            told = "it has IPv6 alone; whether STS is asked by IPv6 is not known"
            yield Finding("sts.route", "unknown", B, subject, told, evidence=evidence)
        elif way.kind == "other":
            told = f"it leads to {way.target}, and what is behind that is not known"
            yield Finding("sts.route", "unknown", B, subject, told, evidence=evidence)
        elif way.kind in ("internet", "nat"):
            yield Finding("sts.route", "ok", B, subject, f"0.0.0.0/0 to {way.target} in {way.table}", evidence=evidence)
        elif not endpoint_is_meant(pair, way):
            yield _broken_route(pair, subnet_id, way, evidence)


def _broken_route(pair: Pair, subnet_id: str, way: Way, evidence: dict[str, Any]) -> Finding:
    vpc, region = pair.read_b("vpc"), str(pair.region_b)
    gateway = next((item for item in pair.read_b("internet_gateways") if item["attached"]), None)
    table = effective_table(pair.read_b("route_tables"), subnet_id)
    managed = is_managed(table["tags"] if table else {}) or is_managed(vpc["tags"] if vpc else {})
    told = f"{way.table} has no default route, and no interface endpoint for STS is in the VPC"
    if way.kind == "blackhole":
        told = f"{way.table} leads to {way.target}, which is not there or not attached to the VPC"
    commands: list[tuple[str, ...]] = []
    if gateway is None and way.target.startswith("igw-") and vpc:
        attach = ("aws", "ec2", "attach-internet-gateway", "--internet-gateway-id", way.target)
        commands = [(*attach, "--vpc-id", vpc["vpc_id"], "--region", region)]
    elif gateway:
        verb = "create-route" if way.kind == "none" else "replace-route"
        route = ("aws", "ec2", verb, "--route-table-id", way.table, "--destination-cidr-block", "0.0.0.0/0")
        commands = [(*route, "--gateway-id", gateway["internet_gateway_id"], "--region", region)]
    fix = pair.run("lead the default route to an internet gateway or a NAT gateway, or add an endpoint", managed, B)
    if commands and not managed:
        fix = pair.run("lead the default route to an internet gateway", False, B, *commands)
    expected = "a default route to an internet gateway or a NAT gateway, or an interface endpoint"
    return Finding("sts.route", "broken", B, f"default route of {subnet_id}", told, expected, fix, evidence)


@check("sts.address", "Behind an internet gateway, the client has a public address", *TIMEOUT)
def has_address(pair: Pair) -> Iterator[Finding]:
    instance = pair.read_b("instance")
    for subnet_id, way in _default_ways(pair).items():
        if way.kind != "internet":
            continue
        subject = f"public address in {subnet_id}"
        if pair.b and pair.b["wants_instance"]:
            if instance is None or instance["state"] != "running":
                continue  # compute.instance says so; one that is stopped has no public address
            name, address = instance["instance_id"], instance["public_ip_address"]
            if address:
                yield Finding("sts.address", "ok", B, subject, f"{name} has {address}")
                continue
            region = ("--region", str(pair.region_b))
            allocate = ("aws", "ec2", "allocate-address", "--domain", "vpc", *region, "--query", "AllocationId")
            give = ("aws", "ec2", "associate-address", "--instance-id", name, *region, "--allocation-id")
            fix = pair.run("give it an address", False, B, with_result_of(give, allocate))
            yield Finding("sts.address", "broken", B, subject, f"{name} has none", f"one, to use {way.target}", fix)
        elif subnet_of(pair, subnet_id).get("map_public_ip"):
            yield Finding("sts.address", "ok", B, subject, "the subnet gives each interface one")
        else:
            told = "the subnet gives none, and whether the client has one by other means is not known"
            yield Finding("sts.address", "unknown", B, subject, told)


@check("sts.nat", "The NAT gateway is available and leads to the internet", *TIMEOUT)
def nat_works(pair: Pair) -> Iterator[Finding]:
    for way in dict.fromkeys(_default_ways(pair).values()):
        if way.kind != "nat":
            continue
        found, subject = nat_gateway(pair, way.target), f"NAT gateway {way.target}"
        behind = internet_way(pair, found["subnet_id"]) if found and found["subnet_id"] else None
        told = ""
        if found is None:
            told = "it is not there"
        elif found["state"] != "available":
            told = f"it is {found['state']}"
        elif behind and behind.kind == "other":
            told = f"its subnet leads to {behind.target}, and what is behind that is not known"
            yield Finding("sts.nat", "unknown", B, subject, told)
            continue
        elif found["connectivity"] != "public":
            told = "it is private, so that nothing gets from it to the internet"
        elif behind is None or behind.kind != "internet":
            where = f"{found['subnet_id']} follows {behind.table}" if behind else "its subnet is not known"
            told = f"{where}, which does not lead to an internet gateway that is attached"
        if not told:
            yield Finding("sts.nat", "ok", B, subject, f"available, in {found['subnet_id'] if found else ''}")
            continue
        commands = _mending_nat(pair, way, bool(found and found["connectivity"] == "public" and behind))
        text = "lead the route of its subnet to the internet gateway"
        fix = pair.run(text, False, B, *commands)
        if not commands:
            text = "make a public NAT gateway in a subnet with a route to an internet gateway, and lead the route to it"
            fix = Fix("manual", B, text)
        yield Finding("sts.nat", "broken", B, subject, told, "available, public, in a public subnet", fix)


def _mending_nat(pair: Pair, way: Way, is_route: bool) -> list[tuple[str, ...]]:
    """Return the command that leads the NAT gateway's own subnet to the internet, where that is what it lacks."""
    found = nat_gateway(pair, way.target)
    gateway = next((item for item in pair.read_b("internet_gateways") if item["attached"]), None)
    if not (is_route and found and found["state"] == "available" and gateway and found["subnet_id"]):
        return []
    behind = internet_way(pair, found["subnet_id"])
    verb = "create-route" if behind.kind == "none" else "replace-route"
    route = ("aws", "ec2", verb, "--route-table-id", behind.table, "--destination-cidr-block", "0.0.0.0/0")
    return [(*route, "--gateway-id", gateway["internet_gateway_id"], "--region", str(pair.region_b))]


@check("sts.egress", "The client's security groups let it out to STS", *TIMEOUT)
def egress_lets_out(pair: Pair) -> Iterator[Finding]:
    instance = pair.read_b("instance")
    launched = [pair.b["security_group_id"]] if pair.b else []
    ids = set(instance["security_group_ids"] if instance else launched)
    groups: list[SecurityGroup] = [item for item in pair.read_b("security_groups") if item["group_id"] in ids]
    rules = [rule for group in groups for rule in group["rules"] if rule["egress"]]
    out, cluster = [rule for rule in rules if covers(rule, 443)], int(pair.endpoint()["port"])
    if not all(any(covers(rule, cluster) and _opens(rule, block) for rule in rules) for block in pair.blocks_a()):
        return  # it does not get out to the cluster either, which the link of the groups says
    subject = f"egress of {', '.join(sorted(str(item) for item in ids))}"
    endpoint = serving_endpoint(pair)
    found = [_reaches(pair, rule, endpoint) for rule in out]
    if any(found):
        passing = out[found.index(True)]
        yield Finding("sts.egress", "ok", B, subject, f"{passing['rule_id']} lets TCP 443 out")
    elif None in found:
        told = "TCP 443 gets out to some addresses, and whether STS has one of these is not known"
        yield Finding("sts.egress", "unknown", B, subject, told)
    else:
        allow: Command = ("aws", "ec2", "authorize-security-group-egress", "--group-id", groups[0]["group_id"])
        allow = (*allow, "--ip-permissions", "IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=0.0.0.0/0}]")
        fix = pair.run("let it out to port 443", False, B, (*allow, "--region", str(pair.region_b)))
        yield Finding("sts.egress", "broken", B, subject, "no rule lets TCP 443 out to STS", "TCP 443 to STS", fix)


def _opens(rule: Rule, block: str) -> bool:
    """Tell whether a rule of egress may be about a block; of groups and lists the link of the groups says more."""
    if rule["source_group_id"] or rule["prefix_list_id"]:
        return True
    return any(inside(block, item) for item in (rule["cidr_ip"], rule["cidr_ipv6"]) if item)


def _reaches(pair: Pair, rule: Rule, endpoint: DoctorEndpoint | None) -> Truth:
    """Tell whether a rule of egress lets the client out to STS: to an endpoint, or to public addresses."""
    group, block = rule["source_group_id"], rule["cidr_ip"]
    if block is None:
        return None if rule["prefix_list_id"] else bool(group and endpoint and group in endpoint["security_group_ids"])
    if block == "0.0.0.0/0":
        return True
    if endpoint is None:
        return None if network(block).is_global else False
    subnets = [subnet_of(pair, name).get("cidr_block") for name in endpoint["subnet_ids"]]
    known = [str(item) for item in subnets if item]
    if known and all(inside(item, block) for item in known):
        return True
    return None if overlapping(known, [block]) else False
