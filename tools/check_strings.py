"""Refuse what must not be in a tracked file: hosts of package registries, and paths of one person's machine.

A registry is the choice of whoever installs; a lock file or a build file that names one breaks mirrors. Usage:
check_strings.py [FILE...]; without a file, all that git tracks.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from reports import ROOT

FORBIDDEN = {
    "host of a package registry": re.compile(
        r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|repo1?\.maven\.(?:apache\.)?org"
        r"|proxy\.golang\.org|sum\.golang\.org|static\.crates\.io|index\.crates\.io|api\.nuget\.org|deb\.debian\.org"
    ),
    "path of one machine": re.compile(r"(?<![\w.~-])/(?:root|work)/|/tmp/(?:team|proto|boot)\b|/home/[a-z]\w*/"),
}


def findings(path: Path) -> list[str]:
    """Return a line ``file:line: what: text`` for everything forbidden in a file; a binary file has no lines."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []
    return [
        f"{path}:{number}: {what}: {match.group()}"
        for number, line in enumerate(lines, 1)
        for what, pattern in FORBIDDEN.items()
        for match in pattern.finditer(line)
    ]


def tracked() -> list[Path]:
    """Return the files that git tracks and that are there; links are followed by the files they lead to."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    # This check and its test name what they look for.
    return [path for path in paths if path.is_file() and not path.is_symlink() and "check_strings" not in path.name]


def main(arguments: list[str]) -> int:
    found = [line for path in ([Path(name) for name in arguments] or tracked()) for line in findings(path)]
    print("\n".join(found), end="\n" if found else "")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
