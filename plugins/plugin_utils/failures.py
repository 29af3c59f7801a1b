# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module's failure means for the run: a refusal that passes, a lost response, or the end. Pure.

amazon.aws's modules hand over AWS's words only, so these are matched with the patience table. The modules of this
collection have waited already, unless they were told not to.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from ..module_utils.common.patience import PROPAGATION, Passing, passing, refusal_in
from ..module_utils.plan.model import Call


class Verdict(Enum):
    """What follows from a module's result."""

    DONE = "done"
    # AWS will accept the same call a little later.
    RETRY = "retry"
    # The same, but part of the call was carried out: only reading the account tells what is left of it.
    LOOK = "look"
    # No answer came: the call may have been carried out, or not at all.
    LOST = "lost"
    FAILED = "failed"


class Judgement(NamedTuple):
    """A verdict, and of a refusal that passes by itself its row of the patience table."""

    verdict: Verdict
    row: Passing | None = None


_LOST = re.compile(
    "Connection was closed|Could not connect|[Tt]imeout on endpoint|InvalidSubnet.Conflict|InvalidGroup.Duplicate"
    "|Resource.AlreadyAssociated|already has an internet gateway attached|Gateway.NotAttached"
    "|InstanceSessionsPerInstanceProfile|EntityAlreadyExists"
    # A session that ended while a module was at work; the reading that follows has a new one, or tells of the end.
    "|ExpiredToken|RequestExpired"
)

# What amazon.aws's modules say, or how they break, when a read does not show what they have just written. AWS's words
# do not reach them then.
_UNSEEN = re.compile(
    "'NoneType' object|list index out of range|Failed to describe newly created|VPC with Id vpc-[0-9a-f]+ not found"
    "|could not find IAM instance profile|Timeout waiting for|Waiter \\w+ failed",
    re.IGNORECASE,
)
_NOT_SHOWN = Passing((), "", "", "", "what it wrote to be seen", PROPAGATION, "amazon.aws's source")

_BOTOCORE = re.compile(r"^botocore\.exceptions\.\w+: (.+)$", re.MULTILINE)


def words(result: Mapping[str, Any]) -> str:
    """Return what a failed module says, on one line.

    Some of amazon.aws's modules let AWS's errors through: then there is no message, but an exception and its causes.
    Others keep AWS's words to themselves: then these are in the traceback only.
    """
    said = [str(result["msg"])] if result.get("msg") else []
    event = first = getattr(result.get("exception"), "event", None)
    while event is not None and not result.get("msg"):
        said.append(str(event.msg))
        event = event.chain.event if event.chain else None
    if not any(" error occurred (" in each for each in said):
        said += _BOTOCORE.findall(str(getattr(first, "formatted_traceback", None) or ""))[:1]
    return " ".join(": ".join(dict.fromkeys(said)).split()) or "failed without a word"


def is_single(call: Call) -> bool:
    """Tell whether a call makes something that there must be one of, and that it would make again."""
    return bool(call.get("once") or call.get("single"))


def judge(call: Call, result: Mapping[str, Any]) -> Judgement:
    """Return what a module's result means."""
    if not result.get("failed"):
        return Judgement(Verdict.DONE)
    message = words(result)
    if call["module"].startswith("amazon.aws.") or call["args"].get("retry_seconds") == 0:
        refusal = refusal_in(message)
        row = passing(refusal)
        if row and refusal:
            # A module that has made something already would make it a second time.
            first = refusal.operation.startswith(("Create", "Run")) and refusal.operation != "CreateTags"
            partly = is_single(call) and not first
            return Judgement(Verdict.LOOK if partly else Verdict.RETRY, row)
        if refusal is None and _UNSEEN.search(message):
            return Judgement(Verdict.LOOK, _NOT_SHOWN)
    return Judgement(Verdict.LOST if _LOST.search(message) else Verdict.FAILED)
