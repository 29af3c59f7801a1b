# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One pair of joined accounts for all changes by hand; each must leave it as it was."""

from __future__ import annotations

import pytest
from scenario.pair import Pair, join


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return join(tmp_path_factory.mktemp("documents"))
