# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the picture of a pair: boxes with a few lines of text each, from what was read.

A reading that failed, or that there is none of, is said in the box. Nothing here decides on a verdict: a box has that
of the findings whose subject names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...module_utils.plan.doctor.diagnose import Diagnosis
from ...module_utils.plan.doctor.model import VERDICTS, Verdict
from ...module_utils.plan.peerings import best_peering

_MOST = 6  # of a kind, in a box


@dataclass(frozen=True)
class Box:
    """One thing in the picture.

    :ivar kind: what it is, in a word or two. ``name``: its id or name.
    :ivar lines: what else is said of it.
    :ivar verdict: the worst that was found of it; None if nothing is wrong with it.
    """

    kind: str
    name: str
    lines: list[str] = field(default_factory=list)
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Vpc:
    box: Box
    subnets: list[Box]
    more: int  # subnets that are not shown
    groups: list[Box]


@dataclass(frozen=True)
class Scene:
    """All boxes of a pair."""

    title_a: tuple[str, str]  # the account, and where
    title_b: tuple[str, str]
    compute: Box
    role_b: Box
    way_to_sts: Box
    role_a: Box
    cluster: Box
    service_role: Box
    vpc_a: Vpc
    vpc_b: Vpc
    peering: str  # its id; "" where there is none


class _Side:
    """The readings of one side, None for those that are not there, and what was found of it."""

    def __init__(self, letter: str, facts: Any, diagnosis: Diagnosis) -> None:
        self.where = f"account {letter}"
        self.facts: Mapping[str, Any] = facts or {}
        self.findings = [
            item for item in diagnosis["findings"] if item["verdict"] != "ok" and item["where"] == self.where
        ]

    def read(self, name: str) -> Any:
        reading = self.facts.get("readings", {}).get(name) or {}
        return reading.get("value")

    def why_not(self, name: str) -> str:
        """Say why there is no value of a reading."""
        if not self.facts:
            return "not read"
        reading = self.facts.get("readings", {}).get(name) or {}
        return "could not be read" if reading.get("problem") else "none"

    def verdict(self, *names: str | None) -> Verdict | None:
        words = [rf"(?<![\w-]){re.escape(name)}(?![\w-])" for name in names if name]
        found = [item["verdict"] for item in self.findings if any(re.search(word, item["subject"]) for word in words)]
        return max(found, key=VERDICTS.index, default=None)

    def box(self, kind: str, reading: str, name: str | None, lines: Iterable[str], *more: str | None) -> Box:
        """Return the box of a reading; ``more`` are further names by which findings know it."""
        if not self.read(reading):
            return Box(kind, self.why_not(reading), [], self.verdict(*more))
        return Box(kind, name or "?", [line for line in lines if line], self.verdict(name, *more))

    def title(self) -> str:
        identity = self.facts.get("identity") or {}
        return f"{self.where[0].upper()}{self.where[1:]} {identity.get('account_id', '')}".rstrip()


def scene(diagnosis: Diagnosis, a: Any = None, b: Any = None) -> Scene:
    """Return what stands in the picture.

    :param a: what was read in account A, None if it was not; ``b`` of the consumer's account.
    """
    side_a, side_b = _Side("A", a, diagnosis), _Side("B", b, diagnosis)
    consumer = diagnosis["consumer"].partition("/")[2] or diagnosis["consumer"]
    nodes = _nodes(side_a)
    clients = dict.fromkeys(side_b.facts.get("subnet_ids") or [], "the client")
    group = side_b.facts.get("security_group_id")
    group_ids = [
        item["security_group_identifier"] for item in (side_a.read("cluster") or {}).get("security_groups") or []
    ]
    return Scene(
        title_a=(side_a.title(), f"owns the cluster, {side_a.facts.get('region', 'region not known')}"),
        title_b=(side_b.title(), f"consumer {consumer}, {side_b.facts.get('region', 'region not known')}"),
        compute=_compute(side_b),
        role_b=_role(side_b, "Consumer's role"),
        way_to_sts=_way_to_sts(side_b),
        role_a=_role(side_a, "Role to assume"),
        cluster=_cluster(side_a),
        service_role=_service_role(side_a),
        vpc_a=_vpc(side_a, nodes, group_ids),
        vpc_b=_vpc(side_b, clients, [group] if group else []),
        peering=_peering(side_a, side_b),
    )


def _peering(*sides: _Side) -> str:
    """Return the id of the best connection between the two VPCs, as either side shows it."""
    vpcs = {(side.read("vpc") or {}).get("vpc_id") for side in sides} - {None}
    for side in sides:
        found = side.read("peerings") or []
        ends = ((item, {item["requester"]["vpc_id"], item["accepter"]["vpc_id"]}) for item in found)
        best = best_peering(item for item, ids in ends if vpcs <= ids)
        if best:
            return best["id"]
    return ""


def _compute(side: _Side) -> Box:
    instance, profile = side.read("instance"), side.read("instance_profile")
    name = (profile or {}).get("instance_profile_name")
    if not instance:
        absent = "not one that is known" if side.facts and not side.facts.get("wants_instance") else None
        return Box(
            "Compute", absent or side.why_not("instance"), [f"profile {name}" if name else ""], side.verdict(name)
        )
    lines = [f"{instance['state']}, {instance['instance_type']}", f"profile {name or 'none'}"]
    return side.box("Instance", "instance", instance["instance_id"], lines, name)


def _role(side: _Side, kind: str) -> Box:
    role = side.read("role") or {}
    policies = len(role.get("policies") or [])
    boundary = (role.get("boundary") or {}).get("name")
    lines = [f"{policies} {'policy' if policies == 1 else 'policies'}", f"boundary {boundary}" if boundary else ""]
    return side.box(kind, "role", role.get("role_name"), lines, role.get("arn"))


def _way_to_sts(side: _Side) -> Box:
    ways = [
        *(item["internet_gateway_id"] for item in side.read("internet_gateways") or [] if item["attached"]),
        *(item["nat_gateway_id"] for item in side.read("nat_gateways") or []),
        *(item["vpc_endpoint_id"] for item in side.read("vpc_endpoints") or [] if _is_sts(item["service_name"])),
    ]
    if not side.facts:
        return Box("Way to STS", "not read")
    return Box("Way to STS", ", ".join(ways) or "no gateway and no endpoint", [], side.verdict(*ways))


def _is_sts(service: str) -> bool:
    return "sts" in service.split(".")


def _cluster(side: _Side) -> Box:
    cluster = side.read("cluster") or {}
    nodes = cluster.get("nodes") or []
    endpoint = cluster.get("endpoint") or {}
    count = f"{len(nodes)} {'node' if len(nodes) == 1 else 'nodes'}"
    encryption = "TLS" if cluster.get("encryption_type") == "TLS" else "no TLS"
    lines = [
        f"{cluster.get('status')}, {count}, {encryption}",
        str(endpoint.get("url") or endpoint.get("address") or ""),
    ]
    return side.box("DAX cluster", "cluster", cluster.get("cluster_name"), lines, cluster.get("cluster_arn"))


def _service_role(side: _Side) -> Box:
    role = side.read("service_role") or {}
    tables = sorted(_tables(role))
    shown = ", ".join(tables[:3]) + (f" and {len(tables) - 3} more" if len(tables) > 3 else "")
    lines = [f"opens {'table' if len(tables) == 1 else 'tables'} {shown}" if tables else ""]
    return side.box("Service role on DynamoDB", "service_role", role.get("role_name"), lines, role.get("arn"))


def _tables(role: Mapping[str, Any]) -> set[str]:
    """Return the DynamoDB tables that the statements of a role's policies name, as far as they name any."""
    found: set[str] = set()
    for policy in role.get("policies") or []:
        statements = (policy.get("document") or {}).get("Statement") or []
        for statement in statements if isinstance(statements, list) else [statements]:
            resources = statement.get("Resource") or [] if isinstance(statement, Mapping) else []
            for resource in resources if isinstance(resources, list) else [resources]:
                match = re.search(r":table/([^/]+)", str(resource))
                found |= {match[1]} if match else {"*"} if resource == "*" else set()
    return found


def _nodes(side: _Side) -> dict[str, str]:
    """Return what is said of each subnet that holds nodes, or may hold some."""
    told = {
        item["subnet_identifier"]: "may hold nodes" for item in (side.read("subnet_group") or {}).get("subnets") or []
    }
    places: dict[str, list[str]] = {}
    for node, subnet in sorted((side.read("nodes_subnets") or {}).items()):
        places.setdefault(subnet, []).append(node)
    return told | {
        subnet: f"{'node' if len(names) == 1 else 'nodes'} {', '.join(names)}" for subnet, names in places.items()
    }


def _vpc(side: _Side, roles: Mapping[str, str], group_ids: Iterable[str]) -> Vpc:
    """Return a VPC with the subnets that matter: those that hold nodes or the client.

    :param roles: {subnet id: what is in it}.
    """
    vpc = side.read("vpc") or {}
    subnets = side.read("subnets") or []
    tables = side.read("route_tables") or []
    wanted = [item for item in subnets if item["subnet_id"] in roles] or subnets
    wanted = sorted(wanted, key=lambda item: (roles.get(item["subnet_id"], "~") == "may hold nodes", item["subnet_id"]))
    groups = {item["group_id"]: item for item in side.read("security_groups") or []}
    ids = list(dict.fromkeys(group_ids)) or list(groups)
    blocks = ", ".join([*vpc.get("cidr_blocks", []), *vpc.get("ipv6_cidr_blocks", [])])
    return Vpc(
        side.box("VPC", "vpc", vpc.get("vpc_id"), [blocks]),
        [_subnet(side, item, tables, roles) for item in wanted[:_MOST]],
        max(0, len(subnets) - len(wanted[:_MOST])),
        [_group(side, group_id, groups.get(group_id)) for group_id in ids[:_MOST]],
    )


def _subnet(side: _Side, subnet: Mapping[str, Any], tables: list[Any], roles: Mapping[str, str]) -> Box:
    subnet_id = subnet["subnet_id"]
    own = next((item for item in tables if subnet_id in item["subnet_ids"]), None)
    table = own or next((item for item in tables if item["main"]), None)
    table_id = table["route_table_id"] if table else None
    acl = next((item for item in side.read("network_acls") or [] if subnet_id in item["subnet_ids"]), None)
    acl_id = acl["network_acl_id"] if acl else None
    block = subnet["cidr_block"] or ", ".join(subnet["ipv6_cidr_blocks"])
    lines = [
        f"{block}, {subnet['availability_zone']}" + (f", {roles[subnet_id]}" if subnet_id in roles else ""),
        ", ".join(filter(None, [table_id and f"{table_id}{'' if own else ' (main)'}", acl_id])),
    ]
    return Box("Subnet", subnet_id, lines, side.verdict(subnet_id, table_id, acl_id))


def _group(side: _Side, group_id: str, group: Mapping[str, Any] | None) -> Box:
    rules = (group or {}).get("rules") or []
    told = f"{group['group_name']}, {len(rules)} {'rule' if len(rules) == 1 else 'rules'}" if group else "not found"
    return Box("Security group", group_id, [told], side.verdict(group_id))
