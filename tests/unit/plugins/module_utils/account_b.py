# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the facts module shows of account B in memory: the VPC in use, other VPCs with something of ours, and IAM."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.plugins.module_utils.facts.consumer import (
    ConsumerQuery,
    find_vpc,
    how_found,
    how_found_elsewhere,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

Record = dict[str, Any]


def places(vpcs: list[Any], inside: dict[str, Record], peerings: list[Any], query: ConsumerQuery) -> list[Record]:
    """The VPC in use, or an empty place without one, and then the others with something of ours."""
    found, how = find_vpc(vpcs, peerings, query)
    others = [vpc for vpc in vpcs if vpc is not found and _holds_ours(vpc, inside, peerings, query)]
    if found is None:
        hows = {vpc["vpc_id"]: _elsewhere(vpc, vpcs, inside, query) for vpc in others}
        found = next((vpc for vpc in others if hows[vpc["vpc_id"]] == "subnets"), None)
        how, others = ("subnets" if found else None), [vpc for vpc in others if vpc is not found]
    else:
        how = how_found(how, inside[found["vpc_id"]].get("subnets", []), query)
    first = _place(found, how, inside, query) if found else {"vpc": None, "vpc_found_by": None}
    return [first, *(_place(vpc, _elsewhere(vpc, vpcs, inside, query), inside, query) for vpc in others)]


def _elsewhere(vpc: Any, vpcs: list[Any], inside: dict[str, Record], query: ConsumerQuery) -> str:
    return how_found_elsewhere(vpc, vpcs, inside[vpc["vpc_id"]].get("subnets", []), query)


def _place(vpc: Any, how: str | None, inside: dict[str, Record], query: ConsumerQuery) -> Record:
    here = {**build.elsewhere(), **inside[vpc["vpc_id"]], "vpc": vpc, "vpc_found_by": how}
    main = [item["route_table_id"] for item in here["route_tables"] if item["main"]]
    explicit = {name: item["route_table_id"] for item in here["route_tables"] for name in item["subnet_ids"]}
    here["effective_route_tables"] = {
        item["subnet_id"]: explicit.get(item["subnet_id"], *main) for item in here["subnets"]
    }
    if query.removal:
        here["network_interfaces"] = [
            build.interface(
                f"eni-{item['instance_id']}",
                instance_id=item["instance_id"],
                security_group_ids=item["security_group_ids"],
            )
            for item in here["instances"]
        ]
    return here


def _holds_ours(vpc: Any, inside: dict[str, Record], peerings: list[Any], query: ConsumerQuery) -> bool:
    ends = [
        item["tags"] for item in peerings if vpc["vpc_id"] in (item["requester"]["vpc_id"], item["accepter"]["vpc_id"])
    ]
    found = [vpc["tags"], *_tags_in(inside.get(vpc["vpc_id"], {})), *ends]
    mark = User(query.cluster_arn, query.name).mark
    return any(query.tags.items() <= tags.items() or mark.items() <= tags.items() for tags in found)


def _tags_in(here: Record) -> Iterator[dict[str, str]]:
    for items in here.values():
        if isinstance(items, list):
            yield from (item["tags"] for item in items)


def iam(roles: dict[str, Record], profiles: dict[str, Record], query: ConsumerQuery) -> Record:
    """The roles and profiles as the facts show them: by the wanted names, and ours under others."""
    others = [role for name, role in sorted(roles.items()) if name != query.role_name and _is_meant(role, query)]
    held = {query.role_name, *(role["role_name"] for role in others)} & roles.keys()
    wanted = query.instance_profile_name
    return {
        "role": roles.get(query.role_name),
        "other_roles": others,
        "instance_profile": profiles.get(wanted),
        "other_instance_profiles": [
            profile
            for name, profile in sorted(profiles.items())
            if name != wanted
            and (name.lower() == wanted.lower() or (held & set(profile["role_names"]) and _tagged(profile, query)))
        ],
    }


def _is_meant(role: Record, query: ConsumerQuery) -> bool:
    alike = role["role_name"].lower() == query.role_name.lower()
    return alike or (role["description"] == query.description and _may_be(role, query))


def _may_be(item: Record, query: ConsumerQuery) -> bool:
    return all(item["tags"].get(key, value) == value for key, value in query.tags.items())


def _tagged(item: Record, query: ConsumerQuery) -> bool:
    return _may_be(item, query) and bool(query.tags.keys() & item["tags"].keys())
