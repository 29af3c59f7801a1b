"""Install the artifact of ``make build`` into an empty path, as Galaxy would, and use it from there.

Nothing of the checkout takes part: the working directory, Ansible's home, ansible.cfg, the collections path and the
Python environment are those of .cache/install-test. That environment has ansible-core, boto3 and botocore, as the lock
has them, and what these need; amazon.aws, a copy of the one in .venv, is the only other collection. The two accounts
come from an emulator.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import collection_copy
from checks import CheckFailed, attempt, changes, emulator
from reports import ROOT, write

COLLECTION = "dax.cross_account"
TARGET = ROOT / ".cache" / "install-test"
INSTALLED = TARGET / "collections" / "ansible_collections" / Path(*COLLECTION.split("."))
ENVIRONMENT = TARGET / "environment"
# All that the collection asks for; see requirements.txt and meta/runtime.yml.
PACKAGES = ("ansible-core", "boto3", "botocore")
# What belongs into the artifact: the content, its documentation, and the tests that work without the checkout.
WANTED = {
    *("CHANGELOG.rst", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md"),
    *("FILES.json", "MANIFEST.json", "bindep.txt", "requirements.txt"),
    *("changelogs", "docs", "examples", "extensions", "inventories", "meta", "playbooks", "plugins", "roles", "tests"),
}
REQUIRED = {"LICENSE", "README.md", "CHANGELOG.rst", "playbooks/site.yml", "inventories/example", "meta/runtime.yml"}
REQUIRED |= {"docs/schemas/plan.schema.json", "examples/first_pair/inventory/hosts.yml"}


# Molecule, which may run beside, has the ports from 4577 on.
PORT = os.environ.get("INSTALL_EMULATOR_PORT", "4576")
STATE = ROOT / ".emulator" / "install-test"


def run(*command: str, programs: Path | None = None) -> str:
    """Run a command away from the checkout and return its output; raise CheckFailed with it if it fails.

    :param programs: where the programs are that it runs; by default those of the environment that the artifact gets.
    """
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "MOLECULE_"))}
    variables |= {
        "ANSIBLE_COLLECTIONS_PATH": str(TARGET / "collections"),
        "ANSIBLE_HOME": str(TARGET / "home"),
        "DAX_EMULATOR_URL": f"http://127.0.0.1:{PORT}",
        "NO_COLOR": "1",
        "PATH": os.pathsep.join([str(programs or ENVIRONMENT / "bin"), os.defpath]),
    }
    variables.pop("VIRTUAL_ENV", None)
    done = subprocess.run(command, cwd=TARGET, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CheckFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def artifact() -> Path:
    """Return the one artifact in dist/."""
    found = list((ROOT / "dist").glob("*.tar.gz"))
    if len(found) != 1:
        raise CheckFailed(f"dist/ should hold one artifact, has {len(found)}: run make build")
    return found[0]


def contents() -> None:
    with tarfile.open(artifact()) as archive:
        names = archive.getnames()
    present = {name.split("/")[0] for name in names}
    strange = sorted(present - WANTED)
    missing = sorted(name for name in REQUIRED if name not in names)
    if strange:
        raise CheckFailed(f"in the artifact, though only a checkout needs it (build_ignore in galaxy.yml): {strange}")
    if missing:
        raise CheckFailed(f"not in the artifact: {missing}")


def environment() -> None:
    """Make the Python environment, and put amazon.aws where collections are installed."""
    uv = ROOT / ".cache/bootstrap/bin/uv"
    locked = str(ROOT / "requirements/dev.txt")
    python = str(ENVIRONMENT / "bin/python")
    run(str(uv), "venv", "--quiet", "--python", str(ROOT / ".cache/bootstrap/bin/python"), str(ENVIRONMENT))
    run(str(uv), "pip", "install", "--quiet", "--python", python, "--constraints", locked, *PACKAGES)
    listed = json.loads(run(str(uv), "pip", "list", "--quiet", "--python", python, "--format", "json"))
    strange = {each["name"] for each in listed} & {"ansible", "molecule", "pytest", "ansible-runner"}
    if strange:
        raise CheckFailed(f"the environment should have {PACKAGES} and what these need, has {sorted(strange)} too")
    shutil.copytree(collection_copy.bundled("amazon.aws"), TARGET / "collections/ansible_collections/amazon/aws")


def install() -> None:
    """The artifact installs, and what it depends on is there already: nothing can be fetched."""
    run("ansible-galaxy", "collection", "install", "--offline", "-p", "collections", str(artifact()))
    found = json.loads(run("ansible-galaxy", "collection", "list", "--format", "json"))
    names = sorted(found[str(TARGET / "collections/ansible_collections")])
    if names != ["amazon.aws", COLLECTION]:
        raise CheckFailed(f"installed should be amazon.aws and {COLLECTION}, are {names}")


def documentation() -> None:
    """Every plugin and role of the artifact can be read by ansible-doc."""
    for kind, folder in (("module", "plugins/modules"), ("filter", "plugins/filter"), ("role", "roles")):
        if not (INSTALLED / folder).is_dir():
            continue
        names = json.loads(run("ansible-doc", "--type", kind, "--list", "--json", COLLECTION))
        if not names:
            raise CheckFailed(f"ansible-doc finds no {kind} of {COLLECTION}")
        run("ansible-doc", "--type", kind, "--json", *names)


def syntax() -> None:
    """Every playbook of the artifact is found by its name and can be read, with the example inventory."""
    playbooks = sorted((INSTALLED / "playbooks").glob("*.yml"))
    if not playbooks:
        raise CheckFailed("the artifact has no playbooks")
    for playbook in playbooks:
        inventory = str(INSTALLED / "inventories" / "example")
        run("ansible-playbook", "--syntax-check", "--inventory", inventory, f"{COLLECTION}.{playbook.stem}")


def importer() -> None:
    """galaxy-importer, which Galaxy runs on an upload, takes it and finds no error."""
    output = run(sys.executable, "-m", "galaxy_importer.main", str(artifact()), programs=ROOT / ".venv/bin")
    # What Galaxy would show of a role without a description is nothing.
    if any(line.startswith("ERROR") or "role description" in line for line in output.splitlines()):
        raise CheckFailed(output)


def site() -> None:
    """The playbook site, by its name, joins two accounts of an emulator, and finds nothing to do the second time."""
    play = ["ansible-playbook", "--inventory", str(INSTALLED / "inventories/localstack")]
    with emulator(PORT, STATE):
        run(*play, str(ROOT / "tests/demo/create.yml"))
        if not changes(run(*play, f"{COLLECTION}.site")):
            raise CheckFailed("site: the first run changed nothing")
        second = run(*play, f"{COLLECTION}.site")
        if changes(second):
            raise CheckFailed(f"site: the second run changed something\n{second}")


CHECKS: tuple[Callable[[], None], ...] = (contents, environment, install, documentation, syntax, importer, site)


def main() -> int:
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "collections").mkdir(parents=True)
    cases = [attempt("install-test", check.__name__, check) for check in CHECKS]
    write("install-test", cases)
    return int(any(case.failure for case in cases))


if __name__ == "__main__":
    sys.exit(main())
