# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 3: the interface endpoint for STS in the consumer's VPC, where there is one. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...common.addresses import inside
from ...common.shapes import Rule, SecurityGroup
from .allowance import Command, denial, held, verdict_of
from .iam_requests import assume_request, sts_region
from .lists import prefix_lists, unread_lists
from .model import B, Finding, Fix, check
from .network import PrefixLists
from .pair import Pair, is_managed
from .sts_ways import (
    TIMEOUT,
    client_ways,
    covers,
    endpoint_is_meant,
    endpoint_region,
    flaw_of,
    serving_endpoint,
    sts_endpoints,
    subnet_of,
)


@check("sts.endpoint", "The interface endpoint for STS serves the name that the client asks for", *TIMEOUT)
def endpoint_serves(pair: Pair) -> Iterator[Finding]:
    region = sts_region(pair)
    serving = serving_endpoint(pair)
    if serving:
        name = serving["vpc_endpoint_id"]
        yield Finding("sts.endpoint", "ok", B, f"endpoint {name}", f"it answers for sts.{region}.amazonaws.com")
        return
    if not any(endpoint_is_meant(pair, way) for way in client_ways(pair).values()):
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


@check("sts.endpoint_group", "The endpoint's security group lets the client in", *TIMEOUT)
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
    lists = prefix_lists(pair, B)
    subject = f"ingress of {', '.join(ids)}"
    for block in blocks:
        passing = next((rule for rule in rules if covers(rule, 443) and _admits(rule, clients, block, lists)), None)
        if passing:
            yield Finding("sts.endpoint_group", "ok", B, subject, f"{passing['rule_id']} lets {block} in to 443")
            continue
        if unread := [
            item for rule in rules if covers(rule, 443) and (item := rule["prefix_list_id"]) and item not in lists
        ]:
            yield Finding("sts.endpoint_group", "unknown", B, subject, unread_lists(pair, B, unread))
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
    found = [subnet_of(pair, name).get("cidr_block") for name in pair.client_subnet_ids()]
    return [str(block) for block in found if block]


def _admits(rule: Rule, clients: set[Any], block: str, lists: PrefixLists) -> bool:
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
