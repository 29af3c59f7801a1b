# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That the account which was read is the one that the play around a role means.

The modules of a side are all given the same AWS options, so none of them writes elsewhere. But ``module_defaults`` of
an outer play for amazon.aws's modules (``group/aws``) reach no module of this collection: who gives an account in that
way only, and has other credentials in the environment, means another account than the one that is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from ansible.playbook.task import Task

from . import account
from .account_action import AccountAction
from .failures import words
from .role import RoleError
from .values import plain

_IDENTITY = "amazon.aws.aws_caller_info"
# Who is asked, and where.
_DECIDE = ("profile", "access_key", "secret_key", "session_token", "region", "endpoint_url")


class Defaults(NamedTuple):
    """What ``module_defaults`` give a module, and under which names they stand."""

    options: dict[str, Any]
    names: tuple[str, ...]


def defaults_of(task: Task, module: str, template: Callable[[Any], Any]) -> Defaults:
    """Return the AWS options that ``module_defaults`` around a task would give a module, were it a task there."""
    groups = {f"group/{name}" for name in task.play._action_groups.get(module, [])}
    options: dict[str, Any] = {}
    names: dict[str, None] = {}
    # As Ansible takes them: of groups in the order in which they stand, and those of the module itself at last.
    merged = {name: given for each in task.module_defaults or [] for name, given in each.items()}
    for name in [*(name for name in merged if name in groups), *([module] if module in merged else [])]:
        found = account.canonical(plain(template(merged[name])) or {})
        decisive = {option: value for option, value in found.items() if option in _DECIDE and value not in (None, "")}
        options |= decisive
        names |= dict.fromkeys([name.replace("group/ansible.builtin.", "group/")] if decisive else [])
    return Defaults(options, tuple(names))


def prove(action: AccountAction, modules: Iterable[str], account_id: str, region: str) -> None:
    """Refuse a plan of another account than the one that ``module_defaults`` mean for the modules that write.

    Without such defaults there is nothing to ask, and nothing is asked.

    :param modules: the modules that the plan calls.
    :param account_id: the account that was read.
    :param region: the region that was read.
    :raises RoleError: one line that names the cause.
    """
    own = action.account_options()
    if "assume_role_arn" in action.connection:
        # Whoever assumes the role, the account is that of the role; the region has to be given.
        return
    seen: list[dict[str, Any]] = []
    for module in sorted(set(modules)):
        given = defaults_of(action._task, module, action._templar.template)
        theirs = account.merged(given.options, action.connection)
        if not given.options or _same(theirs, own) or theirs in seen:
            continue
        seen.append(theirs)
        _compare(action, given, theirs, account_id, region)


def _same(theirs: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    return all(theirs.get(option) in (None, "", own.get(option)) for option in _DECIDE)


def _compare(action: AccountAction, given: Defaults, theirs: Mapping[str, Any], account_id: str, region: str) -> None:
    found = action.module_with({"region": region, **theirs}, _IDENTITY, {})
    where = f"module_defaults of the play ({', '.join(given.names)})"
    fix = f"say what is meant in {action.CONNECTION}, or under group/dax.cross_account.aws in module_defaults"
    read = f"{action.CONNECTION}: account {account_id} in {region} was read"
    if found.get("failed"):
        raise RoleError(f"{read}, and {where} mean others, which cannot be told: {words(found)}; {fix}")
    there = theirs.get("region", region)
    if (found["account"], there) != (account_id, region):
        raise RoleError(f"{read}, and {where} mean account {found['account']} in {there}; {fix}")
