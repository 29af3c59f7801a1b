# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The DAX service as LocalStack loads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.plugins import Service

from dax_emulator.base.errors import aws_error
from dax_emulator.base.settings import SETTINGS
from dax_emulator.dax import clusters, parameter_groups, subnet_groups, tags
from dax_emulator.dax import store as dax_store
from dax_emulator.dax.pages import page

Operation = Callable[[RequestContext, dict[str, Any]], dict[str, Any]]


def service() -> Service:
    operations = {name: _settling(operation) for name, operation in _OPERATIONS.items()}
    return Service(name="dax", skeleton=Skeleton(load_service("dax"), operations))


def _settling(operation: Operation) -> Operation:
    """An operation after whose answer every status that takes no time ends, so that the data plane follows at once.

    In regions without DAX every operation is refused.
    """

    def settling(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        assert context.account_id and context.region
        if context.region in SETTINGS.regions_without_dax:
            raise aws_error("InvalidParameterValueException", "Access Denied to API Version: DAX_V3")
        response = operation(context, request)
        dax_store.of(context.account_id, context.region).clusters()
        return response

    return settling


def _events(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    assert context.account_id and context.region
    events = [
        {"SourceName": event.source_name, "SourceType": event.source_type, "Message": event.message, "Date": event.date}
        for event in dax_store.of(context.account_id, context.region).events
        if request.get("SourceName") in (None, event.source_name)
        and request.get("SourceType") in (None, event.source_type)
    ]
    found, token = page(events, request)
    return {"Events": found, **({"NextToken": token} if token else {})}


_OPERATIONS: dict[str, Operation] = {
    "CreateCluster": clusters.create,
    "DescribeClusters": clusters.describe,
    "UpdateCluster": clusters.update,
    "DeleteCluster": clusters.delete,
    "IncreaseReplicationFactor": clusters.increase,
    "DecreaseReplicationFactor": clusters.decrease,
    "RebootNode": clusters.reboot,
    "CreateSubnetGroup": subnet_groups.create,
    "DescribeSubnetGroups": subnet_groups.describe,
    "UpdateSubnetGroup": subnet_groups.update,
    "DeleteSubnetGroup": subnet_groups.delete,
    "TagResource": tags.tag,
    "UntagResource": tags.untag,
    "ListTags": tags.show,
    "CreateParameterGroup": parameter_groups.create,
    "DescribeParameterGroups": parameter_groups.describe,
    "UpdateParameterGroup": parameter_groups.update,
    "DeleteParameterGroup": parameter_groups.delete,
    "DescribeParameters": parameter_groups.parameters,
    "DescribeDefaultParameters": parameter_groups.default_parameters,
    "DescribeEvents": _events,
}
