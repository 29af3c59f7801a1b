"""Hold all addresses of the project to the one place that has them: galaxy.yml.

As long as the project has no home, they are addresses of example.org, which is for nothing else in this repository
(samples take example.com). Whoever gives it one changes ``repository``, ``documentation`` and ``issues`` in galaxy.yml;
this check then names every line that still has another one.

Usage: addresses.py [--release]   --release: also refuse addresses that can be nobody's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import collection_copy
import yaml
from reports import ROOT

FIELDS = ("repository", "documentation", "issues")
PLACEHOLDER = "example.org"
ADDRESS = re.compile(r"https?://[^\s\"'`<>()\[\]{}|]+")
# https://www.rfc-editor.org/rfc/rfc2606 and rfc6761: names that are nobody's.
NOBODYS = re.compile(r"(^|\.)(example\.(com|net|org)|example|test|invalid|localhost)$")


def declared() -> dict[str, str]:
    """Return the addresses of galaxy.yml by field."""
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    return {field: galaxy[field].rstrip("/") for field in FIELDS}


def host(address: str) -> str:
    return urlsplit(address).hostname or ""


def ours(address: str, repository: str) -> bool:
    """Tell whether an address is meant for this project: it is a placeholder, or at home where the repository is.

    A host of many projects, such as a code host, is shared: there, the first part of the path tells.
    """
    here, there = urlsplit(repository), urlsplit(address)
    if host(address) == PLACEHOLDER:
        return True
    return there.hostname == here.hostname and there.path.split("/")[1:2] == here.path.split("/")[1:2]


def strays(name: str, text: str, repository: str) -> Iterator[str]:
    """Yield a line for each address of the project in a file that does not follow from the repository's."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in ADDRESS.findall(line):
            address = found.rstrip(".,;:/")
            if ours(address, repository) and address != repository and not address.startswith(f"{repository}/"):
                yield f"{name}:{number}: {address} is not below galaxy.yml's repository, {repository}"


def problems() -> list[str]:
    addresses = declared()
    repository = addresses["repository"]
    found = [
        f"galaxy.yml: {field}: {address} is not below the repository, {repository}"
        for field, address in addresses.items()
        if address != repository and not address.startswith(f"{repository}/")
    ]
    for name in collection_copy.tracked():
        path = ROOT / name
        if name == "galaxy.yml" or path.is_symlink() or not path.is_file():
            continue
        try:
            found += strays(name, path.read_text(encoding="utf-8"), repository)
        except UnicodeDecodeError:  # a picture
            continue
    return found


def examples() -> list[str]:
    """Return a line for each declared address that can be nobody's."""
    return [
        f"galaxy.yml: {field}: {address} is an example; give the project's own"
        for field, address in declared().items()
        if NOBODYS.search(host(address))
    ]


def main(arguments: list[str]) -> int:
    found = problems() + (examples() if "--release" in arguments else [])
    print("\n".join(found), end="\n" if found else "", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
