# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create, update and delete DAX subnet groups.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_dax_CreateSubnetGroup.html
"""

from __future__ import annotations

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import aws_errors, error_code, retried
from ..common.compare import differing
from ..facts.dax import SubnetGroup, describe_subnet_groups


def options_of(group: SubnetGroup) -> dict[str, Any]:
    """Return a group, as ``normalise_subnet_group`` shapes it, in the terms of the module's options."""
    return {
        "name": group["subnet_group_name"],
        "description": group.get("description") or "",
        "subnet_ids": sorted(subnet["subnet_identifier"] for subnet in group["subnets"]),
    }


def desired_options(params: dict[str, Any]) -> dict[str, Any]:
    """Return the options that are given, in the form in which DAX keeps them."""
    desired: dict[str, Any] = {"name": params["name"].lower()}
    if params["description"] is not None:
        desired["description"] = params["description"]
    if params["subnet_ids"] is not None:
        desired["subnet_ids"] = sorted(set(params["subnet_ids"]))
    return desired


def api_parameters(options: dict[str, Any]) -> dict[str, Any]:
    """Return options as the parameters of CreateSubnetGroup and UpdateSubnetGroup."""
    names = {"name": "SubnetGroupName", "description": "Description", "subnet_ids": "SubnetIds"}
    return {names[option]: value for option, value in options.items()}


def ensure_subnet_group(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module dax_subnet_group is asked for, and return its result.

    :raises AnsibleAWSError: when subnets lack to create the group, before anything is written, and for a call that
        failed.
    """
    desired = desired_options(params)
    group = _read(client, desired["name"])
    present = options_of(group) if group else {}
    if params["state"] == "absent":
        if group and not check_mode:
            _delete(client, desired["name"])
        return _result(group is not None, None, present, {})
    if group is None and not desired.get("subnet_ids"):
        raise AnsibleAWSError(
            message=f"There is no DAX subnet group {desired['name']} in this account and region; "
            "to create it also give subnet_ids"
        )
    changes = {option: desired[option] for option in differing(present, desired)}
    if changes and not check_mode:
        if group is None:
            _create(client, desired)
        else:
            _call(client, "update_subnet_group", {"name": desired["name"], **changes})
        group = _read(client, desired["name"])
    before = {option: present[option] for option in changes if option in present}
    return _result(bool(changes), group, before, changes)


def _create(client: Any, desired: dict[str, Any]) -> None:
    try:
        _call(client, "create_subnet_group", desired)
    except AnsibleAWSError as error:
        if error_code(error) != "SubnetGroupAlreadyExistsFault":
            raise
        # An answer was lost and the call sent again, or somebody was quicker: make it as desired.
        _call(client, "update_subnet_group", desired)


def _delete(client: Any, name: str) -> None:
    try:
        _call(client, "delete_subnet_group", {"name": name})
    except AnsibleAWSError as error:
        if error_code(error) != "SubnetGroupNotFoundFault":
            raise


def _call(client: Any, operation: str, options: dict[str, Any]) -> None:
    with aws_errors(f"{operation.replace('_', ' ')} ({options['name']})"):
        retried()(getattr(client, operation))(**api_parameters(options))


def _read(client: Any, name: str) -> SubnetGroup | None:
    found = describe_subnet_groups(client, [name])
    return found[0] if found else None


def _result(changed: bool, group: SubnetGroup | None, before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {"changed": changed, "subnet_group": group, "diff": {"before": before, "after": after}}
