# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.dax.cross_account.plugins.plugin_utils import show as module


@pytest.mark.parametrize(
    ("callback", "shown"),
    [("default", True), ("awx_display", True), ("ansible.posix.json", False), ("ansible.posix.jsonl", False)],
)
def test_text_is_shown_where_a_person_reads_and_nothing_in_it_acts(
    callback: str, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(module._display, "display", said.append)
    monkeypatch.setattr(module.constants.config, "get_config_value", lambda _name: callback)
    module.show(["account A: complete", "  name: x\x1b[2Jy\n+ forged"])
    assert said == (["account A: complete\n  name: x\\x1b[2Jy\\n+ forged"] if shown else [])
