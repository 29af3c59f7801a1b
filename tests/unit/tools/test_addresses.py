# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/addresses.py: which addresses have to follow from galaxy.yml's, and which are nobody's."""

from __future__ import annotations

import addresses
import pytest

# Put together here, so that the check of this checkout takes none of these samples for an address of the project.
HOST = f"https://{addresses.PLACEHOLDER}"
PLACE = f"{HOST}/dax.cross_account"
SHARED = "https://code.example.com/dax/cross_account"


def test_this_checkout_has_one_place() -> None:
    assert addresses.problems() == []


@pytest.mark.parametrize(
    ("repository", "line", "stray"),
    [
        (PLACE, f"see {PLACE}.", None),
        (PLACE, f"see <{PLACE}/security>.", None),
        (PLACE, f"see {HOST}/dax.other/security.", f"{HOST}/dax.other/security"),
        (PLACE, f"see {HOST}/dax.cross_accounts", f"{HOST}/dax.cross_accounts"),
        (PLACE, "see https://docs.aws.amazon.com/x and https://awx.example.com", None),
        # The project has a home, and one line was forgotten.
        (SHARED, f'"$id": "{PLACE}/docs"', f"{PLACE}/docs"),
        (SHARED, f"[issues]({SHARED}/issues)", None),
        (SHARED, "https://code.example.com/dax/old", "https://code.example.com/dax/old"),
        (SHARED, "https://code.example.com/others/thing", None),
    ],
)
def test_strays(repository: str, line: str, stray: str | None) -> None:
    wanted = [f"page.md:2: {stray} is not below galaxy.yml's repository, {repository}"] if stray else []
    assert list(addresses.strays("page.md", f"first\n{line}\n", repository)) == wanted


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        (f"{HOST}/x", True),
        ("https://example.com", True),
        ("https://git.example.net/x", True),
        ("https://dax.example", True),
        ("https://dax.invalid/x", True),
        ("http://localhost/x", True),
        ("https://myexample.org/x", False),
        ("https://code.dax.io/example.org", False),
    ],
)
def test_a_release_takes_no_address_of_nobody(address: str, refused: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "declared", lambda: dict.fromkeys(addresses.FIELDS, address))
    assert len(addresses.examples()) == (3 if refused else 0)


def test_the_three_addresses_hang_together(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"repository": PLACE, "documentation": f"{PLACE}/docs", "issues": "https://tracker.dax.io"}
    monkeypatch.setattr(addresses, "declared", lambda: given)
    assert addresses.problems() == [f"galaxy.yml: issues: https://tracker.dax.io is not below the repository, {PLACE}"]
