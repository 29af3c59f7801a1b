# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scenarios of a group share an emulator: each leaves it, and finds it, as it is after a start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scenario.emulator import control, reset


@pytest.fixture(scope="session", autouse=True)
def defaults() -> Iterator[None]:
    """Settings as after a start, and no faults: before the first test, whatever was stopped before, and after all."""
    reset()
    start = control("GET", "settings")
    yield
    left, faults = control("GET", "settings"), control("GET", "faults")["faults"]
    reset()
    assert (left, faults) == (start, []), "a test left settings or faults behind"
