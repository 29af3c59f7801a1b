# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows text as it is, whatever the format of results is set to."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.dax.cross_account.plugins.module_utils.common.text import printable
from ansible_collections.dax.cross_account.plugins.plugin_utils.show import show
from ansible_collections.dax.cross_account.plugins.plugin_utils.values import plain


class ActionModule(ActionBase):  # type: ignore[misc]
    """See the module of the same name for its documentation."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _VALID_ARGS = frozenset({"lines", "failure"})

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = plain(self._task.args.get("lines")) or []
        lines = [printable(str(line)) for line in (given if isinstance(given, list) else [given])]
        if lines:
            show(lines)
        result.update(changed=False, msg="\n".join(lines))
        failure = printable(str(plain(self._task.args.get("failure")) or ""))
        if failure:
            result.update(failed=True, msg=failure, lines=lines)
        return result
