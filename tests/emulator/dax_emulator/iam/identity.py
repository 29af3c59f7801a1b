# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who am I."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.access.principals import caller
from dax_emulator.base.overrides import Proceed, override

_NOT_EMULATED = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken", "GetSessionToken")


@override("sts", "GetCallerIdentity")
def get_caller_identity(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    principal = caller(context)
    return {"UserId": principal.user_id, "Account": principal.account, "Arn": principal.arn}


@override("sts", *_NOT_EMULATED)
def not_emulated(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    # moto would hand out keys that no other call accepts
    assert context.operation is not None
    raise NotImplementedError(f"{context.operation.name} is not emulated: use AssumeRole or an access key")
