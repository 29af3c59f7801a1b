"""Run ``ansible-test sanity`` on a copy of the collection, without containers.

Usage: sanity.py [ARGUMENT...]   Arguments go to ansible-test: ``make sanity SANITY="--test validate-modules"``.

ansible-test makes an environment for each test that needs packages and pins these itself. It keeps them in the home
directory, so it is given one of its own, .cache/ansible-test, with the user's settings of pip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages
from collection_copy import copy
from reports import ROOT, Case, write

HOME = ROOT / ".cache" / "ansible-test"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def prepare_home(home: Path = HOME) -> None:
    """Make the home directory: pip's settings, which ansible-test does not pass on, and the script that brings pip."""
    home.mkdir(parents=True, exist_ok=True)
    settings = {
        name[4:].lower().replace("_", "-"): value for name, value in os.environ.items() if name.startswith("PIP_")
    }
    lines = ["[global]", "quiet = 1", *(f"{name} = {value}" for name, value in sorted(settings.items()))]
    user = next(
        (path for path in (Path.home() / ".config/pip/pip.conf", Path.home() / ".pip/pip.conf") if path.exists()), None
    )
    (home / ".config/pip").mkdir(parents=True, exist_ok=True)
    (home / ".config/pip/pip.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (home / ".pip").mkdir(exist_ok=True)
    if user:
        shutil.copyfile(user, home / ".pip/pip.conf")
    version = get_venv_packages(SimpleNamespace(version=PYTHON))["pip"].replace(".", "_")
    cache = home / ".ansible/test/cache"
    cache.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(__file__).with_name("get_pip.py"), cache / f"get_pip_{version}.py")


def cases(directory: Path) -> list[Case]:
    """Read what ansible-test reports: a file for each sanity test."""
    found = []
    for path in sorted(directory.glob("*.xml")):
        for test in ET.parse(path).getroot().iter("testcase"):
            failures = [*test.iter("failure"), *test.iter("error")]
            failure = "\n".join(element.text or "" for element in failures) if failures else None
            found.append(Case(test.get("name", path.stem), 0.0, failure))
    return found


def main(arguments: list[str]) -> int:
    target = copy("sanity")
    # Else ansible-test takes the checkout for the source of the copy, and finds that it ignores .cache.
    subprocess.run(["git", "init", "--quiet", str(target)], check=True)
    prepare_home()
    command = ["ansible-test", "sanity", "--local", "--python", PYTHON, "--junit", "--color", "no", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment |= {"HOME": str(HOME), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, cwd=target, env=environment, check=False)
    write("sanity", cases(target / "tests/output/junit"))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
