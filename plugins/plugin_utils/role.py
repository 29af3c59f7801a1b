# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions of the roles share: the role's variables, and how a run that cannot go on says why."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

from ..module_utils.common.text import printable
from ..module_utils.plan.option_types import Options, OptionsError
from .core import OldCore, require_core
from .document_files import DocumentFileError
from .values import plain


class RoleError(Exception):
    """Why a run cannot go on; the message has one line for each reason.

    :param result: what the action returns besides.
    """

    def __init__(self, message: str, **result: Any) -> None:
        super().__init__(message)
        self.result = result


class RoleAction(ActionBase):  # type: ignore[misc]
    """An action that runs in the tasks of a role and takes the role's variables. A subclass says what it is for."""

    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._vars: dict[str, Any] = task_vars or {}
        try:
            require_core()
            result.update(self.work())
        except (RoleError, OldCore, OptionsError, DocumentFileError) as error:
            lines = [printable(line) for line in str(error).split("\n")]
            result.update(getattr(error, "result", {}), failed=True, msg="\n".join(lines))
        return result

    def work(self) -> dict[str, Any]:
        """Do what the action is for, and return its result."""
        raise NotImplementedError

    def variables(self, options: type[Options]) -> dict[str, Any]:
        """Return the variables of the role that are set, templated.

        :raises RoleError: naming those that cannot be.
        """
        values, problems = {}, []
        for name in sorted(name for name in self._vars if str(name).startswith(options.PREFIX)):
            if name.removeprefix(options.PREFIX) in options.OUTPUTS:
                continue
            try:
                values[str(name)] = plain(self._templar.template(self._vars[name]))
            except AnsibleError as error:
                problems.append(f"{name}: {' '.join(str(error.message).split())}")
        if problems:
            raise RoleError("\n".join(problems))
        return values
