# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/release_check.py: what keeps a checkout from being released."""

from __future__ import annotations

import subprocess
from pathlib import Path

import addresses
import pytest
import release_check

ENTRY = "v1.2.0\n======\n"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that can be released as 1.2.0, after 1.1.0."""
    home = "https://code.dax.io/dax/cross_account"
    monkeypatch.setattr(release_check, "ROOT", tmp_path)
    monkeypatch.setattr(addresses, "declared", lambda: dict.fromkeys(addresses.FIELDS, home))
    monkeypatch.setattr(addresses, "problems", list)
    (tmp_path / "changelogs/fragments").mkdir(parents=True)
    write(tmp_path, "galaxy.yml", "version: 1.2.0\n")
    write(tmp_path, "changelogs/changelog.yaml", "releases: {1.1.0: {}, 1.2.0: {}}\n")
    write(tmp_path, "CHANGELOG.rst", f"Notes\n=====\n\n{ENTRY}")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    git(tmp_path, "tag", "v1.1.0")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "x")


QUICK = ("tree", "tag", "changelog", "addresses")


def found() -> dict[str, list[str]]:
    return {name: lines for name in QUICK if (lines := release_check.CHECKS[name]())}


@pytest.mark.usefixtures("checkout")
def test_a_checkout_that_is_ready() -> None:
    assert found() == {}


def test_something_is_not_committed(checkout: Path) -> None:
    write(checkout, "galaxy.yml", "version: 1.2.0\n# x\n")
    write(checkout, "new", "x")
    assert found() == {"tree": ["not committed: galaxy.yml", "not committed: new"]}


@pytest.mark.parametrize("name", ["1.2.0", "v1.2.0"])
def test_the_version_has_a_tag(checkout: Path, name: str) -> None:
    git(checkout, "tag", name)
    assert found() == {"tag": ["galaxy.yml: version 1.2.0 has a tag already; give the next one"]}


@pytest.mark.parametrize(
    ("tagged", "refused"),
    [("v1.2.1", True), ("v1.10.0", True), ("v2.0.0", True), ("v1.2.0-rc.1", False), ("other", False)],
)
def test_a_newer_version_has_a_tag(checkout: Path, tagged: str, refused: bool) -> None:
    git(checkout, "tag", tagged)
    line = f"galaxy.yml: version 1.2.0 is older than {tagged.removeprefix('v')}, which has a tag"
    assert found() == ({"tag": [line]} if refused else {})


@pytest.mark.parametrize("version", ["1.2", "1.2.0.1", "01.2.0", "next"])
def test_a_version_that_is_none(checkout: Path, version: str) -> None:
    write(checkout, "galaxy.yml", f"version: '{version}'\n")
    assert release_check.tag() == [f"galaxy.yml: version {version} is not MAJOR.MINOR.PATCH"]


def test_the_changelog_lacks_the_version(checkout: Path) -> None:
    write(checkout, "changelogs/changelog.yaml", "releases: {1.1.0: {}}\n")
    write(checkout, "CHANGELOG.rst", "v1.1.0\n======\n")
    write(checkout, "changelogs/fragments/new.yml", "minor_changes: [x]\n")
    commit(checkout)
    assert found() == {
        "changelog": [
            "changelogs/fragments/new.yml: is in no release; run make changelog",
            "changelogs/changelog.yaml: has no release 1.2.0; run make changelog",
            "CHANGELOG.rst: has no entry v1.2.0; run make changelog",
        ]
    }


@pytest.mark.usefixtures("checkout")
def test_example_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    given = dict.fromkeys(addresses.FIELDS, f"https://{addresses.PLACEHOLDER}/x")
    monkeypatch.setattr(addresses, "declared", lambda: given)
    assert len(found()["addresses"]) == 3


@pytest.mark.parametrize(
    ("arguments", "wrong", "code", "says"),
    [
        ([], (), 0, "1.2.0 can be released"),
        ([], ("tag", "lint"), 1, "1.2.0 cannot be released: tag, lint"),
        (["--skip", "tag,lint"], ("tag", "lint"), 0, "all else is right, tag, lint not checked: that is no release"),
        (["--skip", "tag"], ("lint",), 1, "1.2.0 cannot be released: lint"),
    ],
)
@pytest.mark.usefixtures("checkout")
def test_the_verdict(
    arguments: list[str],
    wrong: tuple[str, ...],
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in release_check.CHECKS:
        monkeypatch.setitem(release_check.CHECKS, name, lambda name=name: ["wrong"] if name in wrong else [])
    assert release_check.main(arguments) == code
    assert capsys.readouterr().out.splitlines()[-1] == f"release-check: {says}"


@pytest.mark.parametrize("arguments", [["--skip", "nothing"], ["tag"], ["--skip"]])
def test_wrong_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert release_check.main(arguments) == 2
    assert "there are tree, tag, changelog, addresses, lint, artifact" in capsys.readouterr().err
