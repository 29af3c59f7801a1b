# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pair that is broken and healed over and over, and healthy pairs of other kinds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scenario.doctor.kinds import Kinds, make_kinds
from scenario.doctor.world import World, make_world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("documents"))


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Kinds:
    return make_kinds(tmp_path_factory.mktemp("kinds"))


@pytest.fixture
def well(world: World) -> Iterator[World]:
    """Return the pair, which has to be well before the test and after it."""
    assert world.broken() == []
    yield world
    assert world.broken() == []
