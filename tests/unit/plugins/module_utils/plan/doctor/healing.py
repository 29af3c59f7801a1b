# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the AWS CLI commands of a fix on the facts of a pair, as far as the fixes of the network use them."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.healthy import put, value


def carry_out(pair: Pair, fix: dict[str, Any]) -> None:
    facts: Any = pair.a if fix["where"] == "account A" else pair.b
    for command in fix["commands"]:
        assert command[0] == "aws" and all(isinstance(word, str) and word for word in command)
        given = options(command[3:])
        if command[1] != "route53":
            assert given["region"] == facts["region"]
        _COMMANDS[f"{command[1]} {command[2]}"](pair, facts, given)


def options(words: list[str]) -> dict[str, Any]:
    """Return {name: value}; True for an option without one, a list for one with several."""
    found: dict[str, Any] = {}
    for word in words:
        if word.startswith("--"):
            name = word[2:]
            found[name] = True
        else:
            before = found[name]
            found[name] = word if before is True else [*(before if isinstance(before, list) else [before]), word]
    return found


def _destination(given: dict[str, Any]) -> str:
    names = ("destination-cidr-block", "destination-ipv6-cidr-block", "destination-prefix-list-id")
    return str(next(given[name] for name in names if name in given))


def _table(facts: Any, given: dict[str, Any]) -> dict[str, Any]:
    tables: list[dict[str, Any]] = value(facts, "route_tables")
    return next(item for item in tables if item["route_table_id"] == given["route-table-id"])


def _create_route(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    destination, routes = _destination(given), _table(facts, given)["routes"]
    static = [item for item in routes if item["destination"] == destination and item["origin"] == "CreateRoute"]
    assert not static, "RouteAlreadyExists"
    routes.append(build.route(destination, given["vpc-peering-connection-id"]))


def _replace_route(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    found = next(item for item in _table(facts, given)["routes"] if item["destination"] == _destination(given))
    found.update(build.route(_destination(given), given["vpc-peering-connection-id"]))


def _delete_route(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    found = next(item for item in _table(facts, given)["routes"] if item["destination"] == _destination(given))
    assert found["origin"] == "CreateRoute", "AWS deletes no propagated route"
    _table(facts, given)["routes"].remove(found)


def _accept(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    for side in (pair.a, pair.b):
        for item in value(side, "peerings"):
            if item["id"] == given["vpc-peering-connection-id"]:
                assert item["accepter"]["owner_id"] == facts["identity"]["account_id"]
                item["status"]["code"] = "active"
        for table in value(side, "route_tables"):
            for route in table["routes"]:
                if route["target_id"] == given["vpc-peering-connection-id"]:
                    route["state"] = "active"


def _authorize(egress: bool) -> Any:
    def carry(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
        text = given["ip-permissions"]
        (port,) = {int(found) for found in re.findall(r"(?:From|To)Port=(\d+)", text)}
        group = next(item for item in value(facts, "security_groups") if item["group_id"] == given["group-id"])
        sources = [{"cidr_ip": block} for block in re.findall(r"CidrIp=([^}]+)", text)]
        sources += [{"cidr_ipv6": block} for block in re.findall(r"CidrIpv6=([^}]+)", text)]
        named = re.findall(r"GroupId=([^,]+),UserId=([^}]+)", text)
        sources += [{"source_group_id": group_id, "source_user_id": owner} for group_id, owner in named]
        assert sources
        group["rules"] += [build.rule("sgr-new", port, egress=egress, **source) for source in sources]

    return carry


def _modify_groups(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    value(facts, "instance")["security_group_ids"] = [*given["groups"]]


def _acl(facts: Any, given: dict[str, Any]) -> dict[str, Any]:
    acls: list[dict[str, Any]] = value(facts, "network_acls")
    return next(item for item in acls if item["network_acl_id"] == given["network-acl-id"])


def _create_entry(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    number, egress, found = int(given["rule-number"]), "egress" in given, _acl(facts, given)
    assert 1 <= number <= 32766 and given["protocol"] == "6" and given["rule-action"] == "allow"
    assert (number, egress) not in [(item["rule_number"], item["egress"]) for item in found["entries"]]
    first, last = map(int, re.findall(r"\d+", given["port-range"]))
    block = given.get("cidr-block") or given["ipv6-cidr-block"]
    found["entries"].append(build.entry(number, block, egress, protocol="6", from_port=first, to_port=last))
    found["entries"].sort(key=lambda item: item["rule_number"])


def _delete_entry(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    number, egress, found = int(given["rule-number"]), "egress" in given, _acl(facts, given)
    kept = [item for item in found["entries"] if (item["rule_number"], item["egress"]) != (number, egress)]
    assert len(kept) == len(found["entries"]) - 1
    found["entries"][:] = kept


def _associate_subnet(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    subnet = next(item for item in value(facts, "subnets") if item["subnet_id"] == given["subnet-id"])
    subnet["ipv6_cidr_blocks"] = [given["ipv6-cidr-block"]]


def _name_servers(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    assert given["enable-dns-support"] == "Value=true" and given["vpc-id"] == value(facts, "vpc")["vpc_id"]
    value(facts, "vpc")["dns_support"] = True


def _disassociate(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    assert given["vpc"] == f"VPCRegion={facts['region']},VPCId={value(facts, 'vpc')['vpc_id']}"
    left = [item for item in value(facts, "private_zones") if item.get("zone_id") != given["hosted-zone-id"]]
    put(facts, "private_zones", left)


def _restart(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    cluster = value(facts, "cluster")
    assert given["cluster-name"] == cluster["cluster_name"]
    next(item for item in cluster["nodes"] if item["node_id"] == given["node-id"])["node_status"] = "available"
    cluster["parameter_group"].update(parameter_apply_status="in-sync", node_ids_to_reboot=[])


def _window(pair: Pair, facts: Any, given: dict[str, Any]) -> None:
    value(facts, "cluster")["preferred_maintenance_window"] = given["preferred-maintenance-window"]


_COMMANDS = {
    "ec2 create-route": _create_route,
    "ec2 replace-route": _replace_route,
    "ec2 delete-route": _delete_route,
    "ec2 accept-vpc-peering-connection": _accept,
    "ec2 authorize-security-group-ingress": _authorize(False),
    "ec2 authorize-security-group-egress": _authorize(True),
    "ec2 modify-instance-attribute": _modify_groups,
    "ec2 create-network-acl-entry": _create_entry,
    "ec2 delete-network-acl-entry": _delete_entry,
    "ec2 associate-subnet-cidr-block": _associate_subnet,
    "ec2 modify-vpc-attribute": _name_servers,
    "route53 disassociate-vpc-from-hosted-zone": _disassociate,
    "dax reboot-node": _restart,
    "dax update-cluster": _window,
}
