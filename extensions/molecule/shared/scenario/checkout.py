# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A copy of the checkout, and commands that are typed into a shell there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .playbook import ROOT


def clone(target: Path) -> None:
    """Copy what a clone of the checkout would have, with what is about to be committed."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    for name in filter(None, names):
        source = ROOT / name
        if not source.is_symlink() and not source.exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target / name, follow_symlinks=False)


def typed(command: str, place: Path, environment: Mapping[str, str], before: str = "") -> str:
    """Type a command into a shell, and return what it says; it has to succeed without a warning.

    :param before: what was typed into the same shell before, which a failure does not name.
    """
    done = subprocess.run(
        ["bash", "-c", f"{before}{command}"],
        cwd=place,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}"
    assert re.findall(r"^.*\bWARNING\b.*$", done.stdout, re.MULTILINE) == [], command
    return done.stdout
