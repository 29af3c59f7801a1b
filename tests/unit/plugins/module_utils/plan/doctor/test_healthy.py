# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Healthy pairs of every kind: no finding is worse than ok."""

from __future__ import annotations

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy


@pytest.mark.parametrize("kind", healthy.KINDS)
def test_a_healthy_pair_has_no_finding(kind: str) -> None:
    said = diagnose(healthy.pair(kind))
    assert [item for item in said["findings"] if item["verdict"] != "ok"] == []
    assert (said["verdict"], said["headline"]) == ("ok", None)
