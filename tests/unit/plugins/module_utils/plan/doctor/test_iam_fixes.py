# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that heal a fault of IAM are carried out on what was read, and heal it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.faults_iam import FAULTS

PORT_443 = "IpProtocol=tcp,FromPort=443,ToPort=443,IpRanges=[{CidrIp=0.0.0.0/0}]"


def unmanaged(made: Pair) -> Pair:
    """Take the tags of this collection off everything, so that no run of it corrects a fault."""
    for facts in (made.a, made.b):
        for reading in facts["readings"].values():  # type: ignore[index]
            for item in reading["value"] if isinstance(reading["value"], list) else [reading["value"]]:
                if isinstance(item, dict) and "tags" in item:
                    item["tags"] = {}
    return made


def carry_out(made: Pair, command: list[str]) -> None:
    """Do what a command of the AWS CLI does, on the facts."""
    words = command[1:]
    options = dict(itertools.pairwise(words[2:]))
    document = json.loads(options.get("--policy-document", "{}"))
    role = _role(made, options)
    match words[1]:
        case "put-role-policy":
            role["policies"] = [item for item in role["policies"] if item["name"] != options["--policy-name"]]
            role["policies"].append({"name": options["--policy-name"], "arn": None, "document": document})
        case "delete-role-policy":
            role["policies"] = [item for item in role["policies"] if item["name"] != options["--policy-name"]]
        case "detach-role-policy":
            role["policies"] = [item for item in role["policies"] if item["arn"] != options["--policy-arn"]]
        case "create-policy-version":
            for side in (made.a, made.b):
                found = healthy.value(side, "role")
                for item in [*found["policies"], *([found["boundary"]] if found["boundary"] else [])]:
                    if item["arn"] == options["--policy-arn"]:
                        item["document"] = document
        case "delete-role-permissions-boundary":
            role["boundary"] = None
        case "update-assume-role-policy":
            assert "AROA" not in options["--policy-document"], "IAM refuses principals that were deleted"
            role["trust"] = document
        case "remove-role-from-instance-profile":
            healthy.value(made.b, "instance_profile")["role_names"].remove(options["--role-name"])
        case "add-role-to-instance-profile":
            healthy.value(made.b, "instance_profile")["role_names"].append(options["--role-name"])
        case "start-instances":
            healthy.value(made.b, "instance").update(state="running", public_ip_address="203.0.113.9")
        case "wait":
            if words[2] == "instance-running":
                healthy.value(made.b, "instance")["state"] = "running"
        case "associate-iam-instance-profile":
            profile = healthy.value(made.b, "instance_profile")
            healthy.value(made.b, "instance").update(
                instance_profile_id=profile["instance_profile_id"], instance_profile_arn=profile["arn"]
            )
        case "create-route" | "replace-route":
            table = next(
                item
                for item in healthy.value(made.b, "route_tables")
                if item["route_table_id"] == options["--route-table-id"]
            )
            routes = [item for item in table["routes"] if item["destination"] != "0.0.0.0/0"]
            assert (len(routes) < len(table["routes"])) == (words[1] == "replace-route")
            route = {"destination": "0.0.0.0/0", "target_type": "gateway", "target_id": options["--gateway-id"]}
            table["routes"] = [*routes, {**route, "state": "active", "origin": "CreateRoute"}]
        case "attach-internet-gateway":
            gateway = {"internet_gateway_id": options["--internet-gateway-id"], "attached": True, "tags": {}}
            healthy.put(made.b, "internet_gateways", [gateway])
        case "modify-vpc-endpoint":
            endpoint = healthy.value(made.b, "vpc_endpoints")[0]
            if "--reset-policy" in words:
                endpoint["policy"] = None
            else:
                assert "--private-dns-enabled" in words
                endpoint["private_dns"] = True
        case "authorize-security-group-egress":
            client = healthy.value(made.b, "security_groups")[0]
            assert client["group_id"] == options["--group-id"]
            assert options["--ip-permissions"] == PORT_443
            client["rules"].append(
                {**client["rules"][0], "protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ip": "0.0.0.0/0"}
            )
        case "authorize-security-group-ingress":
            found = healthy.value(made.b, "endpoint_groups")[0]
            assert found["group_id"] == options["--group-id"]
            port = int(options["--port"])
            rule = {"rule_id": "sgr-new", "egress": False, "protocol": options["--protocol"], "from_port": port}
            none = dict.fromkeys(("cidr_ipv6", "source_group_id", "source_user_id", "prefix_list_id", "description"))
            found["rules"].append({**rule, **none, "to_port": port, "cidr_ip": options["--cidr"], "tags": {}})
        case other:
            pytest.fail(f"nobody knows what {other} does")


def _role(made: Pair, options: dict[str, str]) -> dict[str, Any]:
    roles = [healthy.value(made.a, "role"), healthy.value(made.b, "role"), healthy.value(made.a, "service_role")]
    return next((item for item in roles if item and item["role_name"] == options.get("--role-name")), {})


def headline(made: Pair) -> Any:
    return diagnose(made)["headline"]


def _commands(name: str) -> list[list[str]]:
    made = unmanaged(healthy.pair(FAULTS[name].kind))
    FAULTS[name].happen(made)
    fix = headline(made)["fix"]
    return fix["commands"] if fix["kind"] == "command" and all(item[0] == "aws" for item in fix["commands"]) else []


# What only AWS can do, such as to make a role or to give an address, is tried on the emulator.
HEALED = [name for name in FAULTS if _commands(name) and "create-role" not in _commands(name)[0]]


@pytest.mark.parametrize("name", HEALED)
def test_the_commands_heal(name: str) -> None:
    made = unmanaged(healthy.pair(FAULTS[name].kind))
    FAULTS[name].happen(made)
    for command in headline(made)["fix"]["commands"]:
        assert command[1] == "iam" or "--region" in command
        carry_out(made, command)
    assert headline(made) is None


def test_most_faults_are_healed_by_commands() -> None:
    assert len(HEALED) > 50


@pytest.mark.parametrize("name", FAULTS)
def test_each_fix_says_what_to_do(name: str) -> None:
    """Of what this collection made, and of what it did not."""
    for prepare in (unmanaged, lambda made: made):
        made = prepare(healthy.pair(FAULTS[name].kind))
        FAULTS[name].happen(made)
        fix = headline(made)["fix"]
        assert fix["text"]
        assert bool(fix["commands"]) != (fix["kind"] == "manual")
