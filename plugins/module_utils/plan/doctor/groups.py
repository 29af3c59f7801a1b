# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 9: security groups. They are stateful: what may go there may come back. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...common.addresses import common, is_ipv6
from ...common.ownership import consumer_of_rule
from ...common.shapes import Rule, SecurityGroup
from .lists import prefix_lists, unread_lists
from .model import A, B, Finding, Fix, Where, check
from .network import Refused, passes_port, refused
from .pair import Pair
from .path import Place, all_blocks, is_ours, optional, other, places, ports, region_of
from .symptoms import SILENT


@check("groups.cluster", "The cluster carries a security group that can be seen", *SILENT)
def of_cluster(pair: Pair) -> Iterator[Finding]:
    ids = groups_of_cluster(pair)
    seen = [group["group_id"] for group in pair.read_a("security_groups") if group["group_id"] in ids]
    subject = f"security groups of {pair.cluster()['cluster_name']}"
    if not ids:
        text = "give the cluster a security group of its VPC (aws dax update-cluster --security-group-ids)"
        yield Finding("groups.cluster", "broken", A, subject, "none", "one", Fix("manual", A, text))
    elif lost := [group_id for group_id in ids if group_id not in seen]:
        yield Finding("groups.cluster", "unknown", A, subject, f"{', '.join(lost)} cannot be seen")
    else:
        yield Finding("groups.cluster", "ok", A, subject, ", ".join(ids), evidence={"group_ids": ids})


@check("groups.client", "The client carries its security group", *SILENT)
def of_client(pair: Pair) -> Iterator[Finding]:
    if pair.b is None:
        return
    named, instance = pair.b["security_group_id"], optional(pair, B, "instance")
    shown = {group["group_id"]: group for group in pair.read_b("security_groups")}
    carried = list(instance["security_group_ids"]) if instance else []
    evidence = {"group_id": named, "carried": carried}
    subject = f"security group {named}" if named else "the client's security groups"
    vpc_id = shown[named]["vpc_id"] if named in shown else None
    if not named and not carried:
        yield Finding("groups.client", "unknown", B, subject, "it is not known which the client has", evidence=evidence)
    elif named and named not in shown:
        text = "name a group of the client's VPC (dax_account_b_security_group_id), or let a run make one"
        fix = pair.run(text, True, B)
        yield Finding("groups.client", "broken", B, subject, "there is no such group", "a group", fix, evidence)
    elif vpc_id and vpc_id != pair.vpc_id_b():
        fix = Fix("variable", B, "name a group of the client's VPC (dax_account_b_security_group_id)")
        yield Finding("groups.client", "broken", B, subject, f"is of {vpc_id}", f"of {pair.vpc_id_b()}", fix, evidence)
    elif instance and named and named not in carried and _needs(pair, carried):
        command = ("aws", "ec2", "modify-instance-attribute", "--instance-id", instance["instance_id"], "--groups")
        fix = pair.run(
            f"give the instance {named} too", is_ours(pair, B), B, (*command, *carried, named, *_region(pair, B))
        )
        told = f"{instance['instance_id']} carries {', '.join(carried)}"
        yield Finding("groups.client", "broken", B, subject, told, f"{named} too", fix, evidence)
    else:
        told = f"{instance['instance_id']} carries {', '.join(carried)}" if instance else "exists"
        yield Finding("groups.client", "ok", B, subject, told, evidence=evidence)


@check("groups.ingress", "The cluster's security groups let the client in", *SILENT)
def ingress(pair: Pair) -> Iterator[Finding]:
    ids = groups_of_cluster(pair)
    groups = _seen(pair, A, ids)
    if len(groups) < len(ids) or not ids:
        return  # the check of the cluster's groups says so
    sources = groups_of_client(pair)
    for port in ports(pair):
        subject = f"TCP {port} into {', '.join(ids)}"
        evidence = {"group_ids": ids, "port": port, "sources": sources}
        found = _refused(pair, A, groups, port, sources)
        if not found.parts or not _hit(places(pair, B), found.parts):
            told = f"from {', '.join(_from(groups, False, port, sources, all_blocks(places(pair, B))))}"
            yield Finding("groups.ingress", "ok", A, subject, told, evidence=evidence)
        elif found.unknown:
            why = unread_lists(pair, A, found.unknown)
            yield Finding("groups.ingress", "unknown", A, subject, why, evidence=evidence)
        else:
            yield _shut(pair, groups, port, sources, found.parts, subject, evidence)


def _shut(
    pair: Pair,
    groups: list[SecurityGroup],
    port: int,
    sources: list[str],
    parts: list[str],
    subject: str,
    evidence: dict[str, Any],
) -> Finding:
    """Say that the cluster's groups do not let the client in, and what stands there instead."""
    same_region = pair.region_a == pair.region_b
    near = _near(pair, groups, port, sources)
    told = f"nothing lets {', '.join(parts)} in" + (f"; {near}" if near else "")
    expected = f"a rule for {' or '.join([*(sources if same_region else []), ', '.join(parts)])}"
    entry = f"IpProtocol=tcp,FromPort={port},ToPort={port},"
    by_group = f"UserIdGroupPairs=[{{GroupId={sources[0]},UserId={pair.account_b}}}]" if sources and same_region else ""
    command = ("aws", "ec2", "authorize-security-group-ingress", "--group-id", groups[0]["group_id"])
    permission = (f"{entry}{by_group or _ranges(parts)}",)
    fix = pair.run(
        f"let the client in on TCP {port}",
        is_ours(pair, A),
        A,
        (*command, "--ip-permissions", *permission, *_region(pair, A)),
    )
    return Finding("groups.ingress", "broken", A, subject, told, expected, fix, evidence)


@check("groups.egress", "The client's security groups let it out to the nodes", *SILENT)
def egress(pair: Pair) -> Iterator[Finding]:
    if pair.b is None:
        return
    ids = groups_of_client(pair)
    groups, targets = _seen(pair, B, ids), groups_of_cluster(pair) if pair.a else []
    lost = [group_id for group_id in ids if group_id not in {group["group_id"] for group in groups}]
    if not groups:
        return  # the check of the client's groups says so
    for port in ports(pair):
        subject = f"TCP {port} out of {', '.join(group['group_id'] for group in groups)}"
        evidence = {"group_ids": ids, "port": port, "targets": targets}
        found = _refused(pair, B, groups, port, targets)
        if not found.parts or not _hit(places(pair, A), found.parts):
            told = f"to {', '.join(_from(groups, True, port, targets, all_blocks(places(pair, A))))}"
            yield Finding("groups.egress", "ok", B, subject, told, evidence=evidence)
        elif lost or found.unknown:
            unseen = [f"{', '.join(lost)} cannot be seen"] if lost else []
            why = "; ".join([*unseen, *([unread_lists(pair, B, found.unknown)] if found.unknown else [])])
            yield Finding("groups.egress", "unknown", B, subject, why, evidence=evidence)
        else:
            blocks = [block for block in pair.blocks_a() if common([block], found.parts)]
            entry = f"IpProtocol=tcp,FromPort={port},ToPort={port},{_ranges(blocks)}"
            command = ("aws", "ec2", "authorize-security-group-egress", "--group-id", groups[0]["group_id"])
            text = f"let the client out to {', '.join(blocks)}: no run writes rules of egress"
            fix = Fix("command", B, text, ((*command, "--ip-permissions", entry, *_region(pair, B)),))
            told = f"nothing lets it out to {', '.join(found.parts)}"
            yield Finding("groups.egress", "broken", B, subject, told, f"TCP {port}", fix, evidence)


def groups_of_cluster(pair: Pair) -> list[str]:
    """Return the security groups that the cluster carries, without those that DAX is taking off."""
    attached = pair.cluster().get("security_groups", [])
    return [item["security_group_identifier"] for item in attached if item.get("status") != "removing"]


def groups_of_client(pair: Pair) -> list[str]:
    """Return the security groups of the client: the one that is named or found, and those of its instance."""
    if pair.b is None:
        document = pair.consumer_document
        named = document["security_group_id"] if document else None
        return [named] if named else []
    instance, named = optional(pair, B, "instance"), pair.b["security_group_id"]
    carried = list(instance["security_group_ids"]) if instance else []
    return list(dict.fromkeys([*([named] if named else []), *carried]))


def _refused(pair: Pair, where: Where, groups: list[SecurityGroup], port: int, others: list[str]) -> Refused:
    """Return what the groups of a side do not let pass; a rule names a group of the same region only."""
    rules = [rule for group in groups for rule in group["rules"]]
    names = others if pair.region_a == pair.region_b else []
    blocks = all_blocks(places(pair, other(where)))
    return refused(rules, where == B, port, blocks, names, prefix_lists(pair, where))


def _needs(pair: Pair, carried: list[str]) -> bool:
    """Tell whether the groups that an instance carries do not open the way without the one that it should have."""
    if not optional(pair, A, "cluster"):
        return True
    groups = _seen(pair, A, groups_of_cluster(pair))
    shut = [_refused(pair, A, groups, port, carried).parts for port in ports(pair)]
    out = [_refused(pair, B, _seen(pair, B, carried), port, groups_of_cluster(pair)).parts for port in ports(pair)]
    return any(_hit(places(pair, B), parts) for parts in shut) or any(_hit(places(pair, A), parts) for parts in out)


def _seen(pair: Pair, where: Where, ids: Iterable[str]) -> list[SecurityGroup]:
    found: list[SecurityGroup] = pair.read_a("security_groups") if where == A else pair.read_b("security_groups")
    return [group for group in found if group["group_id"] in set(ids)]


def _hit(ends: list[Place], parts: list[str]) -> bool:
    """Tell whether any end is shut out. A rule for the very address of a client is enough for it."""
    return any(common(place.hosts or place.blocks, parts) for place in ends)


def _near(pair: Pair, groups: list[SecurityGroup], port: int, sources: list[str]) -> str:
    """Say what is there that was meant for the client: a rule for a group that it has not got, or for another port."""
    told = []
    for rule in (rule for group in groups for rule in group["rules"] if not rule["egress"]):
        ours = consumer_of_rule(rule["description"], pair.cluster()["cluster_name"]) == pair.key
        name, source = rule["rule_id"], rule["source_group_id"]
        if source and source not in sources and passes_port(rule, port) and (ours or _is_alone(pair, rule)):
            told.append(f"{name} names {source}, which is not the client's")
        elif not passes_port(rule, port) and (ours or source in sources):
            told.append(f"{name} is for {rule['protocol']} {rule['from_port']} to {rule['to_port']}")
    return "; ".join(told)


def _is_alone(pair: Pair, rule: Rule) -> bool:
    """Tell whether a rule of nobody's names a group of the consumer's account."""
    return rule["source_user_id"] == pair.account_b and not rule["description"]


def _from(groups: list[SecurityGroup], is_egress: bool, port: int, others: list[str], blocks: list[str]) -> list[str]:
    """Return the sources or destinations of the rules that let something of the path pass."""
    found = []
    for rule in (rule for group in groups for rule in group["rules"]):
        block, source = rule["cidr_ip"] or rule["cidr_ipv6"], rule["source_group_id"]
        meant = source in others or bool(block and common([block], blocks)) or bool(rule["prefix_list_id"])
        if rule["egress"] is is_egress and passes_port(rule, port) and meant:
            found.append(f"{source or block or rule['prefix_list_id']} ({rule['rule_id']})")
    return list(dict.fromkeys(found))


def _ranges(blocks: list[str]) -> str:
    """Return blocks as the AWS CLI takes them in a permission."""
    four = ",".join(f"{{CidrIp={block}}}" for block in blocks if not is_ipv6(block))
    six = ",".join(f"{{CidrIpv6={block}}}" for block in blocks if is_ipv6(block))
    return ",".join([*([f"IpRanges=[{four}]"] if four else []), *([f"Ipv6Ranges=[{six}]"] if six else [])])


def _region(pair: Pair, where: Where) -> tuple[str, str]:
    return "--region", region_of(pair, where)
