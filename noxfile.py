# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sessions of nox: those of antsibull-nox.toml, and `make`'s own suites, which no session of antsibull-nox runs.

nox and antsibull-nox are in an environment of their own, not in .venv: they need a newer attrs than galaxy-importer
takes.
"""

# /// script
# dependencies = ["nox>=2025.02.09", "antsibull-nox>=1.10"]
# ///

import antsibull_nox
import nox

antsibull_nox.load_antsibull_nox_toml()


@nox.session(venv_backend="none", default=False)
@nox.parametrize("target", ["lint", "unit", "emulator-test", "client-test", "browser-test", "install-test", "molecule"])
def make(session: nox.Session, target: str) -> None:
    """Run a suite of make."""
    session.run("make", target, external=True)


if __name__ == "__main__":
    nox.main()
