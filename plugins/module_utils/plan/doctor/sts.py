# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 3: a way from each of the client's subnets to STS. Pure, no AWS.

Where an endpoint serves the name, what is wrong with the internet does not matter, and the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...common.addresses import inside
from ...common.shapes import Rule, SecurityGroup
from .allowance import Command, denial, held, verdict_of, with_result_of
from .iam_requests import assume_request, sts_region
from .model import B, Finding, Fix, check
from .pair import Pair, is_managed
from .sts_ways import (
    Way,
    effective_table,
    endpoint_region,
    flaw_of,
    internet_way,
    nat_gateway,
    serving_endpoint,
    sts_endpoints,
    way_of,
)

_TIMEOUT = (
    ("python", 'Connect timeout on endpoint URL: "https://sts.'),
    ("nodejs", "connect ETIMEDOUT"),
    ("java", "Unable to execute HTTP request: Connect to sts."),
    ("go", "dial tcp: i/o timeout (operation error STS: AssumeRole)"),
)


def _ways(pair: Pair) -> dict[str, Way]:
    """Return the way of each of the client's subnets: {subnet id: way}."""
    if pair.b is None:
        pair.read_b("subnets")
    assert pair.b
    return {subnet_id: way_of(pair, subnet_id) for subnet_id in pair.b["subnet_ids"]}


def _endpoint_is_meant(pair: Pair, way: Way) -> bool:
    """Tell whether an endpoint that does not serve is what is wrong, rather than the route that is missing."""
    return way.kind == "none" and bool(sts_endpoints(pair))


def _default_ways(pair: Pair) -> dict[str, Way]:
    """Return the ways of the subnets that go by their default route."""
    return {name: way for name, way in _ways(pair).items() if way.kind != "endpoint"}


def _subnet(pair: Pair, subnet_id: str) -> dict[str, Any]:
    found = (item for item in pair.read_b("subnets") if item["subnet_id"] == subnet_id)
    return next(found, {})


@check("sts.route", "Each client subnet has a route to STS", *_TIMEOUT)
def has_route(pair: Pair) -> Iterator[Finding]:
    for subnet_id, way in _default_ways(pair).items():
        subject, evidence = f"default route of {subnet_id}", {"route_table_id": way.table, "target": way.target}
        if _subnet(pair, subnet_id).get("cidr_block", "") is None:
            told = "it has IPv6 alone; whether STS is asked by IPv6 is not known"
            yield Finding("sts.route", "unknown", B, subject, told, evidence=evidence)
        elif way.kind == "other":
            told = f"it leads to {way.target}, and what is behind that is not known"
            yield Finding("sts.route", "unknown", B, subject, told, evidence=evidence)
        elif way.kind in ("internet", "nat"):
            yield Finding("sts.route", "ok", B, subject, f"0.0.0.0/0 to {way.target} in {way.table}", evidence=evidence)
        elif not _endpoint_is_meant(pair, way):
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


@check("sts.address", "Behind an internet gateway, the client has a public address", *_TIMEOUT)
def has_address(pair: Pair) -> Iterator[Finding]:
    assert pair.b or _ways(pair)
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
        elif _subnet(pair, subnet_id).get("map_public_ip"):
            yield Finding("sts.address", "ok", B, subject, "the subnet gives each interface one")
        else:
            told = "the subnet gives none, and whether the client has one by other means is not known"
            yield Finding("sts.address", "unknown", B, subject, told)


@check("sts.nat", "The NAT gateway is available and leads to the internet", *_TIMEOUT)
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
        elif not found["public"] and behind and behind.kind == "other":
            yield Finding("sts.nat", "unknown", B, subject, f"it is private, behind it is {behind.target}")
            continue
        elif not found["public"]:
            told = "it is private, so that nothing gets from it to the internet"
        elif behind is None or behind.kind != "internet":
            where = f"{found['subnet_id']} follows {behind.table}" if behind else "its subnet is not known"
            told = f"{where}, which does not lead to an internet gateway that is attached"
        if not told:
            yield Finding("sts.nat", "ok", B, subject, f"available, in {found['subnet_id'] if found else ''}")
            continue
        commands = _mending_nat(pair, way, bool(found and found["public"] and behind))
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


@check("sts.endpoint", "The interface endpoint for STS serves the name that the client asks for", *_TIMEOUT)
def endpoint_serves(pair: Pair) -> Iterator[Finding]:
    region = sts_region(pair)
    serving = serving_endpoint(pair)
    if serving:
        name = serving["vpc_endpoint_id"]
        yield Finding("sts.endpoint", "ok", B, f"endpoint {name}", f"it answers for sts.{region}.amazonaws.com")
        return
    if not any(_endpoint_is_meant(pair, way) for way in _ways(pair).values()):
        return
    for endpoint in sts_endpoints(pair):
        name, own = endpoint["vpc_endpoint_id"], endpoint_region(endpoint)
        flaw, managed = flaw_of(endpoint), is_managed(endpoint["tags"])
        fix = pair.run("mend the endpoint", managed, B)
        if not flaw:
            told = f"it answers for sts.{own}.amazonaws.com alone, and the client asks sts.{region}.amazonaws.com"
            text = f"let the client ask the STS of {own}: set dax_client_sts_region, and run"
            fix = Fix("variable", B, text, (("ansible-playbook", pair.wanted.playbook),))
        elif endpoint["state"] == "available" and not endpoint["private_dns"]:
            told = flaw
            command = ("aws", "ec2", "modify-vpc-endpoint", "--vpc-endpoint-id", name, "--private-dns-enabled")
            fix = pair.run("switch its private DNS on", managed, B, (*command, "--region", str(pair.region_b)))
        else:
            told = flaw
            if not managed:
                fix = Fix("manual", B, "delete the endpoint and make it anew, or wait if it is being made")
        yield Finding("sts.endpoint", "broken", B, f"endpoint {name}", told, "available, with private DNS", fix)


@check("sts.endpoint_group", "The endpoint's security group lets the client in", *_TIMEOUT)
def group_lets_in(pair: Pair) -> Iterator[Finding]:
    endpoint = serving_endpoint(pair)
    if endpoint is None or pair.b is None:
        return
    ids = endpoint["security_group_ids"]
    groups: list[SecurityGroup] = [item for item in pair.read_b("endpoint_groups") if item["group_id"] in ids]
    rules = [rule for group in groups for rule in group["rules"] if not rule["egress"]]
    instance = pair.read_b("instance")
    clients = set(instance["security_group_ids"] if instance else []) | {pair.b["security_group_id"]}
    blocks = _client_blocks(pair)
    lists = {item["prefix_list_id"]: item["cidr_blocks"] for item in pair.read_b("prefix_lists")}
    subject = f"ingress of {', '.join(ids)}"
    for block in blocks:
        passing = next((rule for rule in rules if _covers(rule, 443) and _admits(rule, clients, block, lists)), None)
        if passing:
            yield Finding("sts.endpoint_group", "ok", B, subject, f"{passing['rule_id']} lets {block} in to 443")
            continue
        told = "no rule lets the client's group or address in to port 443"
        command: Command = ("aws", "ec2", "authorize-security-group-ingress", "--group-id", ids[0], "--protocol", "tcp")
        command = (*command, "--port", "443", "--cidr", block, "--region", str(pair.region_b))
        fix = pair.run(f"let {block} in", is_managed(endpoint["tags"]), B, command)
        yield Finding("sts.endpoint_group", "broken", B, subject, told, f"TCP 443 from {block}", fix)


def _client_blocks(pair: Pair) -> list[str]:
    """Return the addresses that the client may have: its instance's, or those of its subnets."""
    instance = pair.read_b("instance")
    if instance and instance["private_ip_address"]:
        return [f"{instance['private_ip_address']}/32"]
    assert pair.b
    found = [_subnet(pair, name).get("cidr_block") for name in pair.b["subnet_ids"]]
    return [str(block) for block in found if block]


def _covers(rule: Rule, port: int) -> bool:
    return rule["protocol"] == "-1" or (rule["protocol"] == "tcp" and rule["from_port"] <= port <= rule["to_port"])


def _admits(rule: Rule, clients: set[Any], block: str, lists: dict[str, list[str]]) -> bool:
    if rule["source_group_id"]:
        return rule["source_group_id"] in clients
    ranges = lists.get(str(rule["prefix_list_id"]), []) if rule["prefix_list_id"] else [rule["cidr_ip"]]
    return any(inside(block, item) for item in ranges if item and ":" not in item)


@check(
    "sts.endpoint_policy",
    "The endpoint's policy lets the call pass",
    ("python", "with an explicit deny in a VPC endpoint policy"),
)
def endpoint_policy_allows(pair: Pair) -> Iterator[Finding]:
    endpoint = serving_endpoint(pair)
    if endpoint is None:
        return
    name, document = endpoint["vpc_endpoint_id"], endpoint["policy"]
    subject = f"policy of {name}"
    if document is None:
        yield Finding("sts.endpoint_policy", "ok", B, subject, "it has none of its own: all calls pass")
        return
    request = assume_request(pair)
    policy: Any = [{"name": name, "arn": None, "document": document}]
    allows, denies = held(policy, request, resource_based=True), denial(policy, request, resource_based=True)
    decision = denies if denies.result == "explicit_deny" else allows if not allows.allowed else denies
    verdict = verdict_of(decision)
    if verdict != "broken":
        yield Finding("sts.endpoint_policy", verdict, B, subject, (allows if verdict == "ok" else decision).words())
        return
    command = ("aws", "ec2", "modify-vpc-endpoint", "--vpc-endpoint-id", name, "--reset-policy")
    fix = pair.run("let all calls pass, as its default does", False, B, (*command, "--region", str(pair.region_b)))
    told = decision.words() if decision.result == "explicit_deny" else "no statement of it allows the call"
    yield Finding("sts.endpoint_policy", "broken", B, subject, told, f"sts:AssumeRole on {request.resource}", fix)
