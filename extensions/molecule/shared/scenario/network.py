# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What carries the traffic between two accounts, by plain boto3 reads: whether it is whole, and what of it is gone."""

from __future__ import annotations

import json
from typing import Any

from .accounts import Account
from .owner import Owner
from .snapshot import snapshot


def network(account: Account) -> dict[str, Any]:
    """Return the connections, routes and security groups of an account, without their tags."""
    found = snapshot(account)
    return {
        "peerings": {key: peering["status"] for key, peering in found["peerings"].items()},
        "routes": {key: table["routes"] for key, table in found["route_tables"].items()},
        "groups": sorted(found["security_groups"]),
    }


def missing(owner: Owner, b: Account, vpc_id: str, role_a: str, role_b: str) -> list[str]:
    """Return what lacks for a program in a VPC of account B to use the cluster; [] if nothing does.

    :param role_a: the role that gives access to the cluster.
    :param role_b: the role that the program has.
    """
    a = owner.account
    found_a, found_b = snapshot(a), snapshot(b)
    wanted = {"requester": vpc_id, "accepter": owner.vpc_id, "status": "active"}
    active = [key for key, each in found_a["peerings"].items() if wanted.items() <= each.items()]
    if len(active) != 1:
        return [f"{len(active)} active peering connections"]
    way = {"target": active[0], "state": "active"}
    problems = []
    for block in found_b["vpcs"][vpc_id]["blocks"]:
        tables = {key: found_a["route_tables"][key]["routes"] for key in owner.tables}
        problems += [f"no route to {block} in {key}" for key, routes in tables.items() if routes.get(block) != way]
    for block in found_a["vpcs"][owner.vpc_id]["blocks"]:
        routes = [table["routes"] for table in found_b["route_tables"].values() if table["vpc"] == vpc_id]
        if not any(each.get(block) == way for each in routes):
            problems.append(f"no route to {block} in {vpc_id}")
    groups = [key for key, group in found_b["security_groups"].items() if group["vpc"] == vpc_id]
    name = owner.cluster_arn.rpartition("/")[2]
    port = a.dax.describe_clusters(ClusterNames=[name])["Clusters"][0]["ClusterDiscoveryEndpoint"]["Port"]
    if not any(f"{owner.group_id} in tcp {port}-{port} {group}" in found_a["rules"] for group in groups):
        problems.append(f"no rule on {owner.group_id}")
    grant = found_a["roles"].get(role_a)
    if grant is None or f":role/{role_b}" not in json.dumps(grant["trust"]):
        problems.append(f"{role_a} does not trust {role_b}")
    if grant is None or owner.cluster_arn not in json.dumps(grant["inline"]):
        problems.append(f"{role_a} gives no access to {owner.cluster_arn}")
    asks = found_b["roles"].get(role_b)
    if asks is None or f":role/{role_a}" not in json.dumps(asks["inline"]):
        problems.append(f"{role_b} may not assume {role_a}")
    return problems
