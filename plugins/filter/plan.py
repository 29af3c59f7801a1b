# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure decisions of the collection, as the roles call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.dax.cross_account.plugins.module_utils.documents import (
    DocumentError,
    check_cluster_document,
    check_consumer_document,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan_a import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan_b import plan_b


class FilterModule:
    """Filters of the collection dax.cross_account; each is documented in the YAML file of its name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "plan_a": plan_a,
            "plan_b": plan_b,
            "cluster_document": _checked(check_cluster_document),
            "consumer_document": _checked(check_consumer_document),
        }


def _checked(check: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def document(value: Any, variable: str, *options: Any) -> dict[str, Any]:
        try:
            return check(value, *options)
        except DocumentError as error:
            raise AnsibleFilterError(f"{variable}: {error}") from error

    return document
