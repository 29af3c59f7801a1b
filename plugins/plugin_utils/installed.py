# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the installed version of a module takes: amazon.aws drops options from one release to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.parsing.plugin_docs import read_docstring
from ansible.plugins.loader import module_loader


def options_of(module: str) -> set[str] | None:
    """Return the names of the options that a module documents, without those of its documentation fragments.

    :param module: its full name, such as ``amazon.aws.iam_role``.
    :returns: None where nothing can be told: no such module, or one without documentation.
    """
    found = module_loader.find_plugin_with_context(module)
    path = found.plugin_resolved_path if found.resolved else None
    documented = (read_docstring(str(path)).get("doc") or {}).get("options") if path else None
    return set(documented) if documented else None


def without_unknown(module: str, args: Mapping[str, Any], if_known: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of a call without those that the installed module has no more.

    :param if_known: the names of the arguments that may be missing there.
    """
    known = options_of(module) if if_known else None
    return {name: value for name, value in args.items() if known is None or name not in if_known or name in known}
