# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples: their commands, and a copy of a folder in which somebody types them."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from .accounts import Account
from .checkout import typed
from .emulator import URL
from .playbook import ROOT

EXAMPLES = ROOT / "examples"
NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/README.md"))
_FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_CHANGED = re.compile(r"^\S+ +: ok=\d+ +changed=(\d+) ", re.MULTILINE)


def commands(name: str, heading: str) -> list[str]:
    """Return the commands of a section of an example's README, in order."""
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    section = re.split(rf"^## {heading}$", text, maxsplit=1, flags=re.MULTILINE)[1]
    section = re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0]
    return [
        line for found in _FENCE.finditer(section) if found["kind"] == "console" for line in found["text"].splitlines()
    ]


def variables(name: str) -> set[str]:
    """Return the names of the variables that an example's README has somebody fill in."""
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    samples = [yaml.safe_load(found["text"]) for found in _FENCE.finditer(text) if found["kind"] == "yaml"]
    return {key for sample in samples for key in sample}


class Typist:
    """Somebody with the collection installed, in a copy of an example's folder and an empty home."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.home, self.place = name, folder / "home", folder / name
        self.home.mkdir()
        shutil.copytree(EXAMPLES / name, self.place)

    def fill_in(self, accounts: dict[str, Account], **more: Any) -> None:
        """Write credentials.yml with the variables that the README names, and no others.

        :param accounts: by the name of their connection.
        """
        given = {f"{name}_connection": account.connection() for name, account in accounts.items()} | more
        assert variables(self.name) == set(given)
        (self.place / "credentials.yml").write_text(yaml.safe_dump(given))

    def types(self, command: str, place: Path | None = None, **environment: str) -> int:
        """Type a command, which has to succeed without a warning; return how many tasks changed something."""
        own = {
            "HOME": str(self.home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        }
        said = typed(command, place or self.place, {**own, **environment})
        if not command.startswith("ansible-playbook "):
            return 0
        found = _CHANGED.findall(said)
        assert found, f"{command}\n{said[-2000:]}"
        return sum(map(int, found))


def only_looks(command: str) -> bool:
    """Tell whether a command of an example writes nothing in AWS."""
    return not command.startswith("ansible-playbook ") or "--check" in command or command.endswith(".check")


def plain_endpoint(text: str) -> bool:
    """Tell whether a file of an example could reach anything but what its reader fills in."""
    return URL not in text and not re.search(r"AKIA|ASIA|secret_key:|access_key:", text)
