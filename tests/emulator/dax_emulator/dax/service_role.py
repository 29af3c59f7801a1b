# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role that DAX assumes to reach DynamoDB: whether DAX may assume it."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

from dax_emulator.base import visibility
from dax_emulator.base.errors import aws_error
from dax_emulator.base.iam_state import find_role

SERVICE = "dax.amazonaws.com"
_ACTION = "sts:assumerole"


def checked(arn: str, account: str) -> str:
    """The ARN, or the error that AWS gives: the role has to be there, old enough to be seen, and to trust DAX."""
    if not re.fullmatch(rf"arn:aws[a-z-]*:iam::{account}:role/\S+", arn):
        raise aws_error("InvalidParameterValueException", f"IamRoleArn is not a role of account {account}: {arn}")
    role = find_role(arn)
    if role is None or not visibility.visible(role) or not _trusts_dax(json.loads(role.assume_role_policy_document)):
        raise aws_error("InvalidParameterValueException", f"No permission to assume role: {arn}")
    return arn


def _trusts_dax(document: dict[str, Any]) -> bool:
    """Whether a trust policy lets DAX in; conditions are taken to hold."""
    effects = {one["Effect"] for one in _listed(document["Statement"]) if _is_about_dax(one)}
    return effects == {"Allow"}


def _is_about_dax(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal", {})
    named = principal == "*" or SERVICE in _listed(principal.get("Service", []))
    patterns = [str(action).lower() for action in _listed(statement.get("Action", []))]
    return named and any(fnmatch.fnmatchcase(_ACTION, pattern) for pattern in patterns)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
