# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of README and docs, as a newcomer types it: in an empty folder and home, without a warning."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from scenario.accounts import Account, new_account
from scenario.checkout import clone, typed
from scenario.commands import ACCOUNT_A, ACCOUNT_B, BEGINNING, INSTALLED, JOINED, NOT_TYPED, PAGES, ran, told
from scenario.emulator import URL
from scenario.owner import make_owner
from scenario.playbook import ROOT
from scenario.snapshot import differences, snapshot

ENDPOINT = f"region: us-east-1\n        endpoint_url: {URL}"


class Newcomer:
    """A home folder with a profile for the owner's account, and a shell that keeps its place and its variables."""

    def __init__(self, folder: Path) -> None:
        self.home, self.checkout = folder / "home", folder / "checkout"
        self.a, self.b = new_account(), new_account()
        make_owner(self.a)
        (self.home / ".aws").mkdir(parents=True)
        profile = f"[profile owner]\naws_access_key_id = {self.a.id}\naws_secret_access_key = long-enough\n"
        (self.home / ".aws" / "config").write_text(profile)
        self._clone()

    def _clone(self) -> None:
        """Copy what git tracks. The environments are those of the checkout: making them needs a package index."""
        clone(self.checkout)
        subprocess.run(["git", "init", "--quiet"], cwd=self.checkout, check=True)
        (self.checkout / ".cache").mkdir()
        for name in (".venv", ".venv-emulator", ".cache/bootstrap"):
            (self.checkout / name).symlink_to(ROOT / name)

    def types(self, *commands: str, place: Path) -> list[str]:
        """Type commands into one shell, and return what each of them said; all have to succeed without a warning."""
        environment = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "NO_COLOR": "1"}
        outputs = []
        before = ""
        for command in commands:
            outputs.append(typed(command, place, environment, before))
            if command.startswith("export "):
                before += f"{command}\n"
        return outputs

    def snapshots(self) -> dict[str, object]:
        return {"A": snapshot(self.a), "B": snapshot(self.b)}


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    made = Newcomer(tmp_path_factory.mktemp("newcomer"))
    made.types(*BEGINNING, place=made.checkout)
    return made


def test_every_command_that_is_told_is_typed_or_has_its_reason() -> None:
    everything = {command for page in PAGES for command in told(page)}
    assert len(everything) > 40
    assert sorted(everything - ran() - NOT_TYPED.keys()) == []
    assert sorted((ran() | NOT_TYPED.keys()) - everything) == []
    assert ran().isdisjoint(NOT_TYPED)


def test_from_a_clone_to_an_inventory(newcomer: Newcomer) -> None:
    assert (newcomer.checkout / "inventories" / "mine" / "hosts.yml").is_file()
    installed = newcomer.home / ".ansible" / "collections" / "ansible_collections" / "dax" / "cross_account"
    assert (installed / "MANIFEST.json").is_file()
    assert not installed.is_symlink()


def fill_in(newcomer: Newcomer, folder: Path, b: Account) -> None:
    """Fill in the example: where the emulator is, and the keys that would be encrypted."""
    hosts = folder / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("region: us-east-1", ENDPOINT))
    keys = {"vault_payments_access_key": b.id, "vault_payments_secret_key": "long-enough"}
    (folder / "host_vars").mkdir(exist_ok=True)
    (folder / "host_vars" / "payments.yml").write_text(yaml.safe_dump(keys))


def test_from_a_checkout(newcomer: Newcomer) -> None:
    before = newcomer.snapshots()
    fill_in(newcomer, newcomer.checkout / "inventories" / "mine", newcomer.b)
    path = 'export PATH="$PWD/.venv/bin:$PATH"'
    _export, _check, planned, first, limited, pruned, *_removed = newcomer.types(path, *JOINED, place=newcomer.checkout)
    assert "11 to create" in planned
    assert "11 to create" in first
    for again in (limited, pruned):
        assert "account A: nothing to change" in again
        assert "account B: payments" not in again
    assert differences(before["A"], newcomer.snapshots()["A"]) == []
    assert differences(before["B"], newcomer.snapshots()["B"]) == []


def test_with_the_collection_installed(newcomer: Newcomer, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inventories" / "example", tmp_path / "inventory")
    fill_in(newcomer, tmp_path / "inventory", newcomer.b)
    *_pages, check, site, _doctor = newcomer.types(*INSTALLED, place=tmp_path)
    assert (tmp_path / "report.html").is_file()
    assert "11 to create" in site
    assert [f"account {side}: everything is there" in check for side in "AB"] == [True, True]


def test_two_teams(newcomer: Newcomer, tmp_path: Path) -> None:
    """Each with a folder of its own, and an inventory folder of the lines in docs/two_teams.md."""
    b = new_account()
    samples = [yaml.safe_load(sample) for sample in _samples()]
    owner = {"dax_account_a_cluster_name": "orders", "dax_account_a_connection": newcomer.a.connection()}
    payments = {"dax_account_b_name": "payments", "dax_account_b_connection": b.connection()}
    folders = []
    for group, host, own, lines in (
        ("dax_account_a", "owner", owner, samples[0]),
        ("dax_account_b", "payments", payments, samples[1]),
    ):
        folder = tmp_path / host
        (folder / "inventory").mkdir(parents=True)
        (folder / "documents").mkdir()
        common = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        groups = {group: {"hosts": {host: {**own, **lines, **common}}}}
        (folder / "inventory" / "hosts.yml").write_text(yaml.safe_dump(groups))
        folders.append(folder)
    one, two = folders
    ends = []
    for folder, command, other, document in (
        (one, ACCOUNT_A, two, "orders.yml"),
        (two, ACCOUNT_B, one, "payments.yml"),
        (one, ACCOUNT_A, two, "orders.yml"),
    ):
        (output,) = newcomer.types(command, place=folder)
        ends.append(re.findall(r"^(account [AB]: (?:waits for [a-z]+ [a-z]+|complete))", output, re.MULTILINE)[-1])
        shutil.copy(folder / "documents" / document, other / "documents" / document)
    assert ends == [
        "account A: waits for consumer document",
        "account B: waits for peering connection",
        "account A: complete",
    ]
    for folder, command, side in ((two, ACCOUNT_B, "b"), (one, ACCOUNT_A, "a")):
        newcomer.types(f"{command} -e dax_account_{side}_state=absent", place=folder)


def _samples() -> list[str]:
    text = (ROOT / "docs" / "two_teams.md").read_text()
    return re.findall(
        r"^```yaml\n(dax_account_[ab]_(?:document_path|cluster): .*?)^```$", text, re.MULTILINE | re.DOTALL
    )
