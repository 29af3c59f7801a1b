# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.modules import (
    dax_cluster,
    dax_cluster_info,
    dax_subnet_group,
    dax_subnet_group_info,
)


def keys(module: ModuleType, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(module.RETURN)[name]["contains"]
    return found


@pytest.mark.parametrize(
    ("writer", "info", "one"),
    [(dax_cluster, dax_cluster_info, "cluster"), (dax_subnet_group, dax_subnet_group_info, "subnet_group")],
)
def test_what_a_module_returns_is_documented_like_what_its_info_module_returns(
    writer: ModuleType, info: ModuleType, one: str
) -> None:
    """The same text twice: only ansible-core 2.20 lets RETURN blocks share a documentation fragment."""
    assert keys(writer, one) == keys(info, f"{one}s")
