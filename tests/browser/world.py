# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of the samples as files, and the system's Chromium to look at them.

Usage: world.py PICTURE   Take the picture of the README.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".cache" / "browser"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "collections"))

from ansible_collections.dax.cross_account.plugins.plugin_utils.report.page import html, svg  # noqa: E402
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import samples  # noqa: E402
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.hostile import hostile_sample  # noqa: E402


def browser() -> str | None:
    """Return the Chromium to use: ``CHROMIUM``, or the first that is on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def lacking() -> str | None:
    """Return what is not on this machine that these tests need; None if all is there."""
    if not browser():
        return "there is no Chromium: install it (Debian: apt-get install chromium), or name it in CHROMIUM"
    missing = [tool for tool in ("node", "npm") if not shutil.which(tool)]
    return f"there is no {' and no '.join(missing)}: install Node.js 20 or newer" if missing else None


def install() -> None:
    """Put the scripts into the cache, and what they need beside them."""
    CACHE.mkdir(parents=True, exist_ok=True)
    lock, kept = HERE / "package-lock.json", CACHE / "package-lock.json"
    fresh = kept.exists() and kept.read_bytes() == lock.read_bytes() and (CACHE / "node_modules").is_dir()
    for path in [*HERE.glob("*.mjs"), HERE / "package.json"]:
        shutil.copy2(path, CACHE)
    if not fresh:
        kept.unlink(missing_ok=True)
        # Else npm takes the lock file's absence for leave to make one.
        shutil.copy2(lock, CACHE)
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=CACHE, check=True)


def write_reports(folder: Path) -> None:
    """Write a report of each kind of pair, of many consumers, and of one with every hostile text."""
    folder.mkdir(parents=True, exist_ok=True)
    a, b = samples.facts_a(), samples.facts_b()

    def write(name: str, text: str) -> None:
        (folder / name).write_text(text, encoding="utf-8")

    for kind in samples.KINDS:
        write(f"{kind}.html", html([samples.pair(kind)], a, [b], samples.plans(), samples.documents()))
    write("broken.svg", svg(samples.pair("broken"), a, b))
    pairs, facts = samples.crowd()
    write("many.html", html(pairs, a, facts, samples.plans(), samples.documents()))
    # Few enough to be looked at closely.
    write("few.html", html(pairs[3:5] + pairs[7:8], a, facts[3:8], samples.plans(), samples.documents()))
    write("nothing-read.html", html([samples.pair("broken")]))
    write("hostile.html", html(**hostile_sample()))


def run(script: str, *arguments: str) -> str:
    """Run one of the scripts and return what it prints."""
    environment = {**os.environ, "CHROMIUM": str(browser())}
    command = ["node", script, *arguments]
    done = subprocess.run(command, cwd=CACHE, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{script}: {done.stdout}{done.stderr}")
    return done.stdout


def observe(folder: Path) -> dict[str, Any]:
    """Return what is seen of the reports of a folder; see observe.mjs."""
    install()
    write_reports(folder)
    seen: dict[str, Any] = json.loads(run("observe.mjs", str(folder)))
    return seen


if __name__ == "__main__":
    problem = lacking()
    if problem:
        sys.exit(problem)
    install()
    write_reports(CACHE / "reports")
    run("screenshot.mjs", str(CACHE / "reports" / "broken.html"), sys.argv[1])
