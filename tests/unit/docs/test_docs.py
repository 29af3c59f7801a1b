# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the README, docs/ and the roles' READMEs to what there is: variables, content, links, targets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.filter.plan import FilterModule
from ansible_collections.dax.cross_account.tests.unit.docs.cases import CASES

ROOT = Path(__file__).parents[3]
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md"]
READMES = [
    *ROOT.glob("roles/*/README.md"),
    *ROOT.glob("extensions/patterns/*/README.md"),
    *ROOT.glob("examples/**/README.md"),
]
COMMUNITY = [ROOT / "SECURITY.md", ROOT / "CODE_OF_CONDUCT.md"]
PAGES = sorted({ROOT / "README.md", *GUIDES, *COMMUNITY, *ROOT.glob("docs/*.md"), *READMES})
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]
pages = pytest.mark.parametrize("page", PAGES, ids=NAMES)
in_a_checkout = pytest.mark.skipif(not (ROOT / "Makefile").is_file(), reason="needs a checkout")

FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def load(path: Path) -> Any:
    return yaml.safe_load(text(path))


def fences(path: Path, kind: str) -> list[str]:
    return [found["text"] for found in FENCE.finditer(text(path)) if found["kind"] == kind]


def code(path: Path) -> str:
    """Return what a page shows as code: blocks, and words between backticks."""
    spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", text(path)))
    return "\n".join([found["text"] for found in FENCE.finditer(text(path))] + spans)


def stems(pattern: str) -> set[str]:
    return {path.stem for path in ROOT.glob(pattern)}


MODULES = stems("plugins/modules/*.py")
FILTERS = set(FilterModule().filters())
ROLES = {path.parent.parent.name for path in ROOT.glob("roles/*/tasks/main.yml")}
PLAYBOOKS = stems("playbooks/*.yml")
OF_PATTERNS = stems("extensions/patterns/*/playbooks/*.yml")
GROUPS = {"dax_account_a", "dax_account_b", "dax_clients"}


def variables() -> set[str]:
    """Return all public variables: options of roles, facts that roles return, and what playbooks use beyond these."""
    found: set[str] = set()
    for specs in ROOT.glob("roles/*/meta/argument_specs.yml"):
        for entry in load(specs)["argument_specs"].values():
            found |= set(entry.get("options") or {})
    for tasks in ROOT.glob("roles/*/tasks/**/*.yml"):
        facts = re.findall(r"set_fact:\n((?: +[a-z_]+:.*\n(?: {8,}.*\n)*)+)", text(tasks))
        found |= {name for block in facts for name in re.findall(r"^ +(dax_\w+):", block, re.MULTILINE)}
        found |= set(re.findall(r"register: (dax_\w+)", text(tasks)))
    for playbook in ROOT.glob("playbooks/**/*.yml"):
        found |= set(re.findall(r"\bdax_(?:verify\w*|doctor\b)", text(playbook)))
    return found


@pages
def test_every_variable_that_is_named_exists(page: Path) -> None:
    known = variables() | MODULES | ROLES | GROUPS
    named = set(re.findall(r"\bdax_(?:account_[ab]|client|common|doctor|verify)(?:_\w+)?\b(?!_?\*)", text(page)))
    assert sorted(named - known) == []


@pages
def test_every_internal_variable_that_is_named_exists(page: Path) -> None:
    known = {name for path in ROOT.glob("roles/*/vars/main.yml") for name in load(path)}
    assert sorted(set(re.findall(r"\b__dax_\w+", text(page))) - known) == []


@pages
def test_everything_that_is_named_in_full_exists(page: Path) -> None:
    known = MODULES | FILTERS | ROLES | PLAYBOOKS | {"aws"}
    assert sorted(set(re.findall(r"dax\.cross_account\.(\w+)", text(page))) - known) == []


@pages
def test_every_playbook_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"playbooks/(\w+)\.yml", text(page)))
    run = set(re.findall(r"ansible-playbook [^\n`]*?dax\.cross_account\.(\w+)", text(page)))
    assert sorted(named - PLAYBOOKS - OF_PATTERNS) == []
    assert sorted(run - PLAYBOOKS) == []


@in_a_checkout
@pages
def test_every_target_that_is_named_exists(page: Path) -> None:
    makefiles = "\n".join(text(path) for path in [ROOT / "Makefile", *ROOT.glob("make/*.mk")])
    targets = set(re.findall(r"^([a-z-]+):", makefiles, re.MULTILINE))
    assert sorted(set(re.findall(r"\bmake ([a-z][a-z-]*)", code(page))) - targets) == []


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@in_a_checkout
@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", text(page))):
        if link.startswith("https://"):
            continue
        name, _hash, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@in_a_checkout
@pytest.mark.parametrize("page", GUIDES, ids=lambda path: path.name)
def test_every_path_that_is_named_exists(page: Path) -> None:
    folders = "|".join(re.escape(path.name) for path in ROOT.iterdir() if path.is_dir() and path.name[0] != ".")
    # Capitals stand for what is up to the reader, as in changelogs/fragments/TOPIC.yml.
    named = re.findall(rf"`((?:{folders})/[^\s`A-Z]+)`", text(page))
    assert named
    assert sorted(path for path in named if not list(ROOT.glob(path.rstrip("/")))) == []


@in_a_checkout
def test_every_program_of_our_own_is_weighed() -> None:
    rows = re.findall(r"^\| ((?:`tools/\w+\.py`(?:, )?)+) \|", text(ROOT / "CONTRIBUTING.md"), re.MULTILINE)
    named = re.findall(r"tools/(\w+)\.py", " ".join(rows))
    assert sorted(named) == sorted(stems("tools/*.py"))


@pages
def test_every_sample_in_yaml_can_be_read(page: Path) -> None:
    for sample in fences(page, "yaml"):
        assert yaml.safe_load(sample) is not None


# The README tells of all there is.


@pytest.mark.parametrize(
    ("head", "there"),
    [("Playbook", PLAYBOOKS), ("Role", ROLES), ("Module", MODULES), ("Filter", FILTERS)],
    ids=["playbooks", "roles", "modules", "filters"],
)
def test_the_readme_lists_all_content(head: str, there: set[str]) -> None:
    table = re.search(rf"^\| {head} \|.*\n\|.*\n((?:\|.*\n)+)", text(ROOT / "README.md"), re.MULTILINE)
    assert table is not None
    cells = " ".join(row.split("|")[1] for row in table[1].splitlines())
    listed = re.findall(r"[`\[](?:dax\.cross_account\.)?(\w+)[`\]]", cells)
    assert sorted(listed) == sorted(there)


def links(page: Path) -> set[Path]:
    """Return what a page links to in the repository, without anchors."""
    found = re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", FENCE.sub("", text(page)))
    return {(page.parent / name).resolve() for name in found if not name.startswith("https://")}


def test_the_index_leads_to_every_page() -> None:
    index, examples = ROOT / "docs" / "README.md", ROOT / "examples" / "README.md"
    assert examples.resolve() in links(index)
    assert sorted({page.resolve() for page in PAGES if page != index} - links(index) - links(examples)) == []


def test_the_readme_leads_to_the_index() -> None:
    assert (ROOT / "docs" / "README.md").resolve() in links(ROOT / "README.md")


def test_the_page_of_playbooks_has_all_of_them() -> None:
    rows = re.findall(r"^\| `dax\.cross_account\.(\w+)` \|", text(ROOT / "docs" / "playbooks.md"), re.MULTILINE)
    assert sorted(rows) == sorted(PLAYBOOKS)


@in_a_checkout
def test_the_example_inventory_is_the_one_in_the_readme() -> None:
    sample = next(sample for sample in fences(ROOT / "README.md", "yaml") if sample.startswith("dax_account_a:\n"))
    (path,) = [path for path in (ROOT / "inventories" / "example").rglob("*") if path.is_file()]
    assert load(path) == yaml.safe_load(sample)


@pytest.mark.parametrize(("side", "case"), [("account B", "first run"), ("account A", "first run, account A")])
def test_the_plan_in_the_readme_is_one_that_is_made(side: str, case: str) -> None:
    told = (block for block in fences(ROOT / "README.md", "text") if block.startswith(f"{side}:"))
    sample = next(block for block in told if "to create" in block.splitlines()[0])
    assert shape(sample.splitlines()[1:]) == shape(CASES[case]()[1:])


def shape(lines: list[str]) -> set[str]:
    """Return the lines of a plan without what differs from run to run: ids, and the consumer's name."""
    plain = (re.sub(r"\b(vpc|pcx|sg|rtb)-\w+", r"\1", line.strip()) for line in lines)
    return {re.sub(r"(VPC|instance|222222222222/) ?(dax-client|payments)", r"\1 NAME", line) for line in plain}
