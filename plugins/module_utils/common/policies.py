# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy documents: the trust policy that account A shares with strangers, and the policies that are wholly ours.

Pure, no AWS. Strangers' statements are kept as they are; ours are those whose ``Sid`` is ``SID_PREFIX``, with a
number where there are several.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

from .ownership import SID_PREFIX

POLICY_VERSION = "2012-10-17"

# The role's default quota, in characters without white space. It can be raised to 4096 on request.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
TRUST_QUOTA = 2048

READ_ACTIONS = ("dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan")
WRITE_ACTIONS = ("dax:PutItem", "dax:UpdateItem", "dax:DeleteItem", "dax:BatchWriteItem", "dax:ConditionCheckItem")

# IAM shows the unique id of a role or user that was deleted in place of its ARN. Nobody can ever be that principal.
_DEAD_PRINCIPAL = re.compile(r"A(ROA|IDA)[A-Z0-9]+")

# Only these: a stranger's Sid may well begin with the name of this job, or of the tutorial's role.
_OUR_SID = re.compile(rf"{SID_PREFIX}\d*")

_ASSUMING = frozenset({"sts:AssumeRole", "sts:*", "*"})


def same_policy(current: dict[str, Any] | None, wanted: dict[str, Any] | None) -> bool:
    """Tell whether two policy documents mean the same; the order and the one-element lists of IAM do not count."""
    if not current or not wanted:
        return not current and not wanted
    return not compare_policies(current, wanted)


def dax_policy(cluster_arn: str, access: str) -> dict[str, Any]:
    """Return what the role may do on the cluster. DAX has no rights for a single table, so the cluster is all."""
    actions = list(READ_ACTIONS + (WRITE_ACTIONS if access == "read_write" else ()))
    return _policy({"Effect": "Allow", "Action": actions, "Resource": cluster_arn})


def assume_role_policy(role_arn: str) -> dict[str, Any]:
    """Return what the consumer's role may do: assume account A's role, nothing else."""
    return _policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn})


def service_trust(service: str) -> dict[str, Any]:
    """Return a trust policy for an AWS service such as ``ec2.amazonaws.com``."""
    return _policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def trusts_service(trust: dict[str, Any], service: str) -> bool:
    """Tell whether a trust policy lets the service assume the role, without looking at conditions."""
    for statement in statements(trust):
        principal = statement.get("Principal")
        services = _as_list(principal.get("Service")) if isinstance(principal, dict) else []
        actions = _as_list(statement.get("Action"))
        if statement.get("Effect") == "Allow" and service in services and not _ASSUMING.isdisjoint(actions):
            return True
    return False


def statements(document: dict[str, Any] | None) -> list[dict[str, Any]]:
    return _as_list((document or {}).get("Statement"))


def foreign_statements(document: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return the statements that other people wrote."""
    return [statement for statement in statements(document) if not _is_ours(statement)]


def trusted_principals(document: dict[str, Any] | None) -> dict[str, str | None]:
    """Return whom our statements name: {principal: external id or None}."""
    found: dict[str, str | None] = {}
    for statement in filter(_is_ours, statements(document)):
        principal = statement.get("Principal")
        named = _as_list(principal.get("AWS")) if isinstance(principal, dict) else _as_list(principal)
        external_ids = _as_list(((statement.get("Condition") or {}).get("StringEquals") or {}).get("sts:ExternalId"))
        found.update(dict.fromkeys(named, external_ids[0] if external_ids else None))
    return found


def dead_principals(principals: Iterable[str]) -> list[str]:
    return [principal for principal in principals if _DEAD_PRINCIPAL.fullmatch(principal)]


def merged_trust(
    document: dict[str, Any] | None, principals: dict[str, str | None], session_name_pattern: str = ""
) -> dict[str, Any] | None:
    """Return the trust policy with strangers' statements as they are and ours for exactly ``principals``.

    :param principals: whom to trust, {ARN: external id or None}.
    :param session_name_pattern: what the name of a session has to look like, ``*`` and ``?`` for any; "" for any name.

    One statement holds all consumers with the same external id, which keeps the policy far from its size limit.
    None when nothing is left: IAM has no empty trust policy.
    """
    by_external_id: dict[str | None, list[str]] = {}
    for arn, external_id in sorted(principals.items()):
        by_external_id.setdefault(external_id, []).append(arn)
    ours = []
    for index, external_id in enumerate(sorted(by_external_id, key=lambda value: value or "")):
        arns = by_external_id[external_id]
        statement: dict[str, Any] = {
            "Sid": f"{SID_PREFIX}{index or ''}",
            "Effect": "Allow",
            "Principal": {"AWS": arns if len(arns) > 1 else arns[0]},
            "Action": "sts:AssumeRole",
        }
        condition: dict[str, Any] = {}
        if external_id:
            condition["StringEquals"] = {"sts:ExternalId": external_id}
        if session_name_pattern:
            condition["StringLike"] = {"sts:RoleSessionName": session_name_pattern}
        if condition:
            statement["Condition"] = condition
        ours.append(statement)
    merged = foreign_statements(document) + ours
    return {**(document or {}), "Version": POLICY_VERSION, "Statement": merged} if merged else None


def policy_size(document: dict[str, Any]) -> int:
    """Return the size that counts against IAM's quotas: characters without white space."""
    return len(json.dumps(document, separators=(",", ":")))


def _policy(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": POLICY_VERSION, "Statement": [statement]}


def _is_ours(statement: dict[str, Any]) -> bool:
    return _OUR_SID.fullmatch(str(statement.get("Sid", ""))) is not None


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
