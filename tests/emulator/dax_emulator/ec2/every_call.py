# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to every call of EC2: what is due is finished, limits and owners are checked, the new is not seen."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base.overrides import Proceed, around
from dax_emulator.base.settings import SETTINGS
from dax_emulator.ec2 import later, limits, newness, quotas, replicas, shares
from dax_emulator.ec2.newness import REGISTER

# It answers for each endpoint by itself.
_CHECKS_ITS_IDS = {"DeleteVpcEndpoints"}


@around("ec2")
def every_call(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region and context.operation is not None
    account, region, operation = context.account_id, context.region, context.operation.name
    later.settle(account, region)
    shares.settle(account, region)
    REGISTER.look(account, region)
    limits.check(context, request)
    if operation not in _CHECKS_ITS_IDS:
        newness.check(request, account, region, SETTINGS.ec2_visibility_seconds)
    shares.check(account, region, operation, request, newness.named(request))
    quotas.check(context, request)
    if operation.startswith(("Describe", "Get", "Search")):
        answer = replicas.read(context, operation, request, proceed)
        return dict(newness.without(answer, REGISTER.younger(account, region, SETTINGS.ec2_visibility_seconds)))
    with replicas.change(context):
        answer = proceed()
    REGISTER.look(account, region)
    return answer
