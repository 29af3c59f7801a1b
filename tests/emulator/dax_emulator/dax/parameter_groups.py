# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAX parameter groups: the two TTLs."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base.errors import aws_error
from dax_emulator.dax import store as dax_store
from dax_emulator.dax.pages import page
from dax_emulator.dax.store import ParameterGroupRecord, Store

DEFAULT = "default.dax1.0"
_PARAMETERS = {
    "query-ttl-millis": ("300000", "Duration in milliseconds for queries to remain cached"),
    "record-ttl-millis": ("300000", "Duration in milliseconds for records to remain valid in cache"),
}


def create(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store, name = _store(context), request["ParameterGroupName"].lower()
    with store.lock:
        if name in store.parameter_groups or name == DEFAULT:
            raise aws_error("ParameterGroupAlreadyExistsFault", f"Parameter group {name} already exists.")
        group = ParameterGroupRecord(name, request.get("Description"), _defaults())
        store.parameter_groups[name] = group
        return {"ParameterGroup": _describe(group)}


def describe(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    require(store, DEFAULT)
    names = request.get("ParameterGroupNames")
    groups = [require(store, name) for name in names] if names else list(store.parameter_groups.values())
    found, token = page(groups, request)
    response: dict[str, Any] = {"ParameterGroups": [_describe(group) for group in found]}
    if token:
        response["NextToken"] = token
    return response


def update(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        group = require(store, request["ParameterGroupName"])
        if group.name == DEFAULT:
            raise aws_error("InvalidParameterGroupStateFault", f"{DEFAULT} cannot be changed.")
        for item in request["ParameterNameValues"]:
            if item["ParameterName"] not in _PARAMETERS or not item["ParameterValue"].isdigit():
                message = f"Invalid parameter: {item['ParameterName']}={item['ParameterValue']}"
                raise aws_error("InvalidParameterValueException", message)
        for item in request["ParameterNameValues"]:
            group.parameters[item["ParameterName"]] = item["ParameterValue"]
        for record in store.clusters():
            if record.parameter_group == group.name:
                record.nodes_to_reboot = [node.node_id for node in record.nodes]
        return {"ParameterGroup": _describe(group)}


def delete(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        group = require(store, request["ParameterGroupName"])
        if group.name == DEFAULT or any(record.parameter_group == group.name for record in store.clusters()):
            raise aws_error("InvalidParameterGroupStateFault", f"Parameter group {group.name} is in use.")
        del store.parameter_groups[group.name]
        return {"DeletionMessage": f"Parameter group {group.name} has been deleted."}


def parameters(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    group = require(_store(context), request["ParameterGroupName"])
    return {"Parameters": _parameters(group.parameters, "system" if group.name == DEFAULT else "user")}


def default_parameters(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    return {"Parameters": _parameters(_defaults(), "system")}


def require(store: Store, name: str) -> ParameterGroupRecord:
    if name == DEFAULT:
        store.parameter_groups.setdefault(name, ParameterGroupRecord(name, "Default parameter group", _defaults()))
    if name not in store.parameter_groups:
        raise aws_error("ParameterGroupNotFoundFault", f"Parameter group {name} not found.")
    return store.parameter_groups[name]


def _store(context: RequestContext) -> Store:
    assert context.account_id and context.region
    return dax_store.of(context.account_id, context.region)


def _defaults() -> dict[str, str]:
    return {name: value for name, (value, _) in _PARAMETERS.items()}


def _describe(group: ParameterGroupRecord) -> dict[str, Any]:
    found: dict[str, Any] = {"ParameterGroupName": group.name}
    if group.description is not None:
        found["Description"] = group.description
    return found


def _parameters(values: dict[str, str], source: str) -> list[dict[str, Any]]:
    return [
        {
            "ParameterName": name,
            "ParameterType": "DEFAULT",
            "ParameterValue": value,
            "NodeTypeSpecificValues": [],
            "Description": _PARAMETERS[name][1],
            "Source": source,
            "DataType": "integer",
            "AllowedValues": "0-",
            "IsModifiable": "TRUE",
            "ChangeType": "IMMEDIATE",
        }
        for name, value in values.items()
    ]
