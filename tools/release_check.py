"""Say whether this checkout can be released as the version in galaxy.yml: all checks, each by itself.

Usage: release_check.py [--skip NAME[,NAME...]]   What is skipped is said at the end, and is no release.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence

import addresses
import yaml
from reports import ROOT

# https://semver.org, as Galaxy takes it; a build's metadata is for nobody who installs a release.
SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?")


def output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def version() -> str:
    return str(yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"])


def tree() -> list[str]:
    """Nothing is changed, or there and not tracked: what is built is what is committed."""
    changed = output("git", "status", "--porcelain").splitlines()
    return [f"not committed: {line[3:]}" for line in changed]


def tag() -> list[str]:
    """The version is one, was never released, and is newer than all that were."""
    now = version()
    if not SEMANTIC.fullmatch(now):
        return [f"galaxy.yml: version {now} is not MAJOR.MINOR.PATCH"]
    tags = [name.removeprefix("v") for name in output("git", "tag", "--list").splitlines()]
    if now in tags:
        return [f"galaxy.yml: version {now} has a tag already; give the next one"]
    newer = [name for name in tags if SEMANTIC.fullmatch(name) and rank(name) > rank(now)]
    return [f"galaxy.yml: version {now} is older than {name}, which has a tag" for name in newer]


def rank(name: str) -> tuple[tuple[int, ...], bool]:
    """Order versions; one with a suffix comes before the one without."""
    numbers, _hyphen, suffix = name.partition("-")
    return tuple(map(int, numbers.split("."))), not suffix


def changelog() -> list[str]:
    """The changelog has the version, and no fragment is left over."""
    folder = ROOT / "changelogs"
    fragments = sorted(path.name for path in (folder / "fragments").glob("*.y*ml"))
    found = [f"changelogs/fragments/{name}: is in no release; run make changelog" for name in fragments]
    now = version()
    if now not in yaml.safe_load((folder / "changelog.yaml").read_text(encoding="utf-8"))["releases"]:
        found.append(f"changelogs/changelog.yaml: has no release {now}; run make changelog")
    if f"\nv{now}\n===" not in (ROOT / "CHANGELOG.rst").read_text(encoding="utf-8"):
        found.append(f"CHANGELOG.rst: has no entry v{now}; run make changelog")
    return found


def home() -> list[str]:
    """The addresses in galaxy.yml are the project's own, and all others follow from them."""
    return addresses.problems() + addresses.examples()


def made(target: str) -> Callable[[], list[str]]:
    """Return a check that runs a target of make, which says by itself what is wrong."""

    def check() -> list[str]:
        done = subprocess.run(["make", "--no-print-directory", target], cwd=ROOT, check=False)
        return [f"make {target} failed, see above"] if done.returncode else []

    return check


# The quick ones first.
CHECKS: dict[str, Callable[[], list[str]]] = {
    "tree": tree,
    "tag": tag,
    "changelog": changelog,
    "addresses": home,
    "lint": made("lint"),
    "artifact": made("install-test"),
}


def main(arguments: Sequence[str]) -> int:
    named = arguments[1] if len(arguments) == 2 and arguments[0] == "--skip" else ""
    skipped = [name for name in named.split(",") if name]
    unknown = [name for name in skipped if name not in CHECKS]
    if unknown or (arguments and not named):
        print(f"SKIP: unknown: {', '.join(unknown) or arguments}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    failed = []
    for name, check in CHECKS.items():
        if name in skipped:
            continue
        found = check()
        print(f"release-check: {name:<9} {'FAILED' if found else 'ok'}", *found, sep="\n  ", flush=True)
        if found:
            failed.append(name)
    if failed:
        print(f"release-check: {version()} cannot be released: {', '.join(failed)}")
    elif skipped:
        print(f"release-check: all else is right, {', '.join(skipped)} not checked: that is no release")
    else:
        print(f"release-check: {version()} can be released")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
