# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether IAM policies allow a call."""

from __future__ import annotations

from localstack.aws.api import RequestContext

from dax_emulator.principals import Principal
from dax_emulator.settings import SETTINGS


def authorize(context: RequestContext, principal: Principal) -> None:
    """Refuse a call that the caller's own policies do not allow; only with the setting `enforce_iam`."""
    if not SETTINGS.enforce_iam or principal.kind == "root":
        return
