# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Artifacts of a job: what a run leaves to the next job of a workflow, and what it finds of the jobs before.

A controller throws the folder of a job away. What a task sets as statistics of the run becomes the job's artifacts, and
these the extra variables of the jobs after it. Where several jobs come before one, their artifacts are merged by
``dict.update``, so each consumer has variables of its own. None has the name of a fact that the roles return: an extra
variable is stronger than a fact.

A document travels as JSON text. AWX writes every text of an extra variable with the tag ``!unsafe``, and ansible-core
2.19 and newer make of such a text what it would be without quotes: an account id becomes a number, and one with a zero
in front another one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from ..module_utils.common.documents import key_or_nothing
from ..module_utils.common.text import without_external_ids
from ..module_utils.plan.published import published
from .values import plain

# What an extra variable of a consumer document begins with.
DOCUMENTS = "dax_consumer_document_"
CLUSTER = "dax_account_b_cluster"
# What that of a plan begins with, as JSON text.
PLAN = "dax_plan_document_"
# A controller shows no artifact of a job that has this one, and hides their values where the next jobs show theirs.
HIDE = "_ansible_no_log"

_PLAN = ("account_id", "changes", "conflicts", "warnings", "waiting_for", "lines")


def of_run(result: Mapping[str, Any], name: str = "", check_mode: bool = False) -> dict[str, Any]:
    """Return the artifacts of a run of one side.

    :param result: what the side's action returns: plan, document, summary, or check and document.
    :param name: the consumer's name, of account B.
    :param check_mode: whether nothing was written: then the plan is left as a file would hold it too, for the job that
        applies it.
    :returns: plain data by the names of extra variables. Plan and summary say nothing of external ids; if a document
        holds one, all of them are marked to be hidden.
    """
    document, plan = result.get("document") or {}, result.get("plan") or {}
    about = plan or result.get("check") or {}
    suffix = "account_a"
    if about.get("side") == "account B":
        suffix = "account_b_" + variable(f"{about.get('account_id') or 'unknown'}/{name}")
    found: dict[str, Any] = {f"dax_plan_{suffix}": {key: plan.get(key) for key in _PLAN}} if plan else {}
    if plan.get("kind") and check_mode:
        found[f"{PLAN}{suffix}"] = json.dumps(published(plain(plan)))
    found |= {f"dax_{kind}_{suffix}": result[kind] for kind in ("summary", "check") if result.get(kind)}
    found = without_external_ids(plain(found))
    if consumer := key_or_nothing(document):
        # What is being removed is no consumer for the jobs to come.
        found |= (
            {f"{DOCUMENTS}{variable(consumer)}": json.dumps(plain(document))} if plan.get("state") != "absent" else {}
        )
    elif document:
        found[CLUSTER] = json.dumps(plain(document))
    if document.get("external_id"):
        found[HIDE] = True
    return found


def variable(consumer: str) -> str:
    """Return a consumer's key as part of the name of a variable; no two consumers have the same."""
    name = re.sub(r"\W", "_", consumer, flags=re.ASCII)
    odd = name != consumer.replace("/", "_", 1)
    return f"{name}_{hashlib.sha256(consumer.encode()).hexdigest()[:8]}" if odd else name


def consumers(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the consumer documents that jobs before this one have left, by the names of their variables.

    They are data, texts or dictionaries: nothing in them is taken for a template.
    """
    return {str(name): plain(variables[name]) for name in sorted(variables) if str(name).startswith(DOCUMENTS)}
