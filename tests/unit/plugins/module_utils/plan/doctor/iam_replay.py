# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the doctor's IAM evaluator decide on a case of tests/iam_oracle/generator.py."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.iam import (
    Decision,
    Request,
    decide_assume,
    decide_for_role,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.iam_matching import Context, Principal


def decide_case(case: dict[str, Any], context: Context | None = None) -> Decision:
    """Decide on a case.

    :param context: in place of its own, in which all is known.
    """
    known = context or Context(case["context"], known=[""])
    request = Request(case["action"], case["resource"], known, Principal(case["caller"], case["session"]))
    policies = [{"name": f"policy {n}", "arn": None, "document": item} for n, item in enumerate(case["policies"])]
    boundary = {"name": "boundary", "arn": "arn", "document": case["boundary"]} if case["boundary"] else None
    role: Any = {"policies": policies, "boundary": boundary}
    return decide_assume(role, case["trust"], request) if case["trust"] else decide_for_role(role, request)
