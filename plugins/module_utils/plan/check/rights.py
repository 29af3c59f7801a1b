# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which rights a run needs with these options, and what the policy simulator's answers come to. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from ...common.prerequisites import Decision, Prerequisites, Probe
from ...common.rights import RIGHTS, Right
from ...common.shapes import Identity
from ..options import ConsumerOptions, OwnerOptions
from .findings import Findings, Status

Side = Literal["a", "b"]

# The statements that only some options need.
_ONLY_IF: dict[str, Callable[[ConsumerOptions], bool]] = {
    "FindImage": lambda options: options.instance and not options.image_id.startswith("ami-"),
    "GroupsOfInstance": lambda options: options.instance,
    "Instance": lambda options: options.instance,
    "LaunchIn": lambda options: options.instance,
    "NameEndpoints": lambda options: options.sts_access == "vpc_endpoint",
    "RoleForSsm": lambda options: options.ssm_access,
    "RuleForEndpoints": lambda options: options.sts_access == "vpc_endpoint",
}
# Without these a run goes on, and says what it could not read.
_OPTIONAL = frozenset({"ReadPrefixLists", "ReadQuotas"})
# What stands for an id that does not exist yet.
_NO_ID = "0" * 17
_PREFIXES = {
    "image": "ami",
    "instance": "i",
    "internet-gateway": "igw",
    "network-interface": "eni",
    "prefix-list": "pl",
    "route-table": "rtb",
    "security-group": "sg",
    "security-group-rule": "sgr",
    "subnet": "subnet",
    "volume": "vol",
    "vpc": "vpc",
    "vpc-endpoint": "vpce",
    "vpc-peering-connection": "pcx",
}


def probes(
    side: Side,
    options: OwnerOptions | ConsumerOptions,
    identity: Identity,
    region: str,
    cluster_arn: str,
    ids: Mapping[str, Iterable[str]],
) -> list[Probe]:
    """Return what to ask the simulator.

    :param ids: the resources that are there already, by type, such as ``{"vpc": ["vpc-0a"]}``: a policy that is
        narrowed to them allows these and no others.
    """
    made: list[Probe] = []
    for right in RIGHTS[side]:
        needed = _ONLY_IF.get(right.sid)
        if needed and isinstance(options, ConsumerOptions) and not needed(options):
            continue
        made.append(
            {
                "sid": right.sid,
                "actions": list(right.actions),
                "resources": list(_resources(right, options, identity, region, ids)),
                "context": {key: cluster_arn if value == "CLUSTER" else value for key, value in right.context.items()},
            }
        )
    return made


def _resources(
    right: Right,
    options: OwnerOptions | ConsumerOptions,
    identity: Identity,
    region: str,
    ids: Mapping[str, Iterable[str]],
) -> Iterable[str]:
    for pattern in right.resources:
        if pattern == "*":
            yield pattern
            continue
        _arn, _partition, service, _region, account, name = pattern.split(":", 5)
        place = "" if service == "iam" else region
        owner = "" if account == "" else identity["account_id"]
        for each in _names(service, name, options, ids):
            yield f"arn:{identity['partition']}:{service}:{place}:{owner}:{each}"


def _names(
    service: str, name: str, options: OwnerOptions | ConsumerOptions, ids: Mapping[str, Iterable[str]]
) -> Iterable[str]:
    """Return the last part of the ARNs that stand for a pattern's, such as ``vpc/vpc-0a`` for ``vpc/*``."""
    kind, _slash, rest = name.partition("/")
    if service == "iam":
        if rest.endswith("-*"):
            # A consumer's own role; its name begins so.
            own = isinstance(options, OwnerOptions) and options.role_per_consumer
            return [f"role{options.role_path}{options.role_name}-{_NO_ID}"] if own else []
        named = options.role_name if kind == "role" else getattr(options, "instance_profile_name", rest)
        return [f"{kind}{options.role_path}{named}"]
    if service == "ssm":
        parameter = getattr(options, "image_id", "").rpartition(":")[2]
        return [f"parameter{parameter or '/aws/service/ami-amazon-linux-latest'}"]
    if kind == "key-pair":
        key = getattr(options, "key_name", "")
        return [f"key-pair/{key}"] if key else []
    there = list(ids.get(kind, ()))
    return [f"{kind}/{each}" for each in there or [f"{_PREFIXES[kind]}-{_NO_ID}"]]


def judge_rights(findings: Findings, found: Prerequisites, side: Side) -> None:
    """Add what the simulator's answers come to: one line if all is allowed, or one for each statement that lacks."""
    reading, principal = found["rights"], found["principal"]
    if reading["problem"]:
        findings.unknown(
            "rights",
            f"what {principal} may do could not be asked: {reading['problem']}",
            "allow docs/permissions_check.json, or have somebody who may compare its policies with "
            f"docs/permissions_{side}.json",
        )
        return
    if principal.endswith(":root"):
        findings.ok("rights", f"{principal} may do everything that the account's organization allows")
        return
    decisions: list[Decision] = reading["value"]
    denied = [decision for decision in decisions if not decision["allowed"]]
    for sid in dict.fromkeys(decision["sid"] for decision in denied):
        _judge_statement(findings, principal, side, sid, [item for item in denied if item["sid"] == sid])
    if not denied:
        actions = len({decision["action"] for decision in decisions})
        findings.ok("rights", f"all {actions} actions of docs/permissions_{side}.json are allowed to {principal}")


def _judge_statement(findings: Findings, principal: str, side: Side, sid: str, denied: list[Decision]) -> None:
    point = f"rights {sid}"
    open_, firm = (
        [item for item in denied if item["missing_keys"]],
        [item for item in denied if not item["missing_keys"]],
    )
    if firm:
        by = {
            "organization": "a policy of the organization forbids it; ask those who run the organization",
            "boundary": f"{principal} has a permissions boundary that leaves it out; extend the boundary",
            "policy": f"allow it to {principal} as statement {sid} of docs/permissions_{side}.json does",
        }
        reasons = dict.fromkeys(by[item["by"]] for item in firm)
        status: Status = "warning" if sid in _OPTIONAL else "missing"
        findings.add(point, status, f"{_told(firm)} not allowed", "; ".join(reasons))
    if open_:
        keys = ", ".join(sorted({key for item in open_ for key in item["missing_keys"]}))
        findings.unknown(
            point,
            f"{_told(open_)} allowed or not by the condition {keys}, which the simulator does not know",
            "try it, or allow it without the condition",
        )


def _told(decisions: list[Decision]) -> str:
    actions = list(dict.fromkeys(item["action"] for item in decisions))
    places = dict.fromkeys(_short(item["resource"]) for item in decisions if item["resource"] != "*")
    where = f" on {', '.join(places)}" if places else ""
    return f"{', '.join(actions)}{where} {'is' if len(actions) == 1 else 'are'}"


def _short(arn: str) -> str:
    """Return the end of an ARN, without an id that only stands for one."""
    return re.sub(rf"/\w+-{_NO_ID}$", "/*", arn.split(":", 5)[-1])


def known_ids(facts: Mapping[str, Any] | None, adopted: bool = True) -> dict[str, list[str]]:
    """Return the ids of what is there already, out of the facts of either side.

    :param adopted: whether a side works in a network that was there before it.
    """
    if not facts or not facts.get("vpc") or not adopted:
        return {}
    return {
        "vpc": [facts["vpc"]["vpc_id"]],
        "route-table": sorted(set(facts["effective_route_tables"].values())),
        "security-group": [group["group_id"] for group in facts["security_groups"]][:5],
        "subnet": [subnet["subnet_id"] for subnet in facts["subnets"]][:5],
    }
