"""Put a copy of the collection, as git tracks it, where ansible-test and ansible-galaxy want it.

Usage: collection_copy.py PURPOSE  Prints the folder, .cache/PURPOSE/ansible_collections/dax/cross_account. Each purpose
has its own: suites run side by side. Files not yet committed are taken as they are; what git ignores or only a checkout
needs stays out. amazon.aws is linked beside the copy.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import ansible
from reports import ROOT

# Only for work from a checkout; none of it is in the artifact (build_ignore in galaxy.yml).
LEFT_OUT = (
    ".github/",
    "LICENSES/",
    "collections/",
    "make/",
    "tests/benchmark/",
    "tests/browser/",
    "tests/clients/",
    "tests/demo/",
    "tests/emulator/",
    "tests/iam_oracle/",
    "tests/unit/tools/",
    "tools/",
)


def tracked() -> list[str]:
    """Return what git tracks, and what it would with ``git add --all``, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def files() -> list[str]:
    """Return what belongs into a copy."""
    return [name for name in tracked() if not name.startswith(LEFT_OUT)]


def bundled(collection: str) -> Path:
    """Return the folder of a collection that came with the package ansible."""
    return Path(ansible.__file__).parent.parent / "ansible_collections" / Path(*collection.split("."))


def copy(purpose: str) -> Path:
    """Make the copy for a purpose anew and return its folder."""
    collections = ROOT / ".cache" / purpose / "ansible_collections"
    target = collections / "dax" / "cross_account"
    shutil.rmtree(collections, ignore_errors=True)
    for name in files():
        source = ROOT / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    (collections / "amazon").mkdir()
    os.symlink(bundled("amazon.aws"), collections / "amazon" / "aws")
    return target


if __name__ == "__main__":
    print(copy(sys.argv[1]))
