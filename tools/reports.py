"""JUnit reports in .cache/reports: written by the suites, added up for the summary of ``make test``."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".cache" / "reports"


@dataclass(frozen=True)
class Case:
    """One check that a suite made; ``failure`` holds its output if it failed."""

    name: str
    seconds: float
    failure: str | None = None


@dataclass(frozen=True)
class Totals:
    """How many tests passed, failed (errors included) and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def write(suite: str, cases: list[Case], directory: Path = REPORTS) -> Path:
    """Write ``cases`` as the report of ``suite`` and return the file."""
    element = ET.Element("testsuite", name=suite)
    for case in cases:
        test = ET.SubElement(element, "testcase", classname=suite, name=case.name, time=f"{case.seconds:.3f}")
        if case.failure is not None:
            ET.SubElement(test, "failure", message=f"{case.name} failed").text = _printable(case.failure)
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{suite}.xml"
    ET.ElementTree(element).write(path, encoding="utf-8", xml_declaration=True)
    return path


def read(path: Path) -> Totals:
    """Count the tests of a JUnit report, of pytest, ansible-test or ``write``."""
    totals = Totals()
    for test in ET.parse(path).getroot().iter("testcase"):
        if test.find("failure") is not None or test.find("error") is not None:
            totals += Totals(failed=1)
        elif test.find("skipped") is not None:
            totals += Totals(skipped=1)
        else:
            totals += Totals(passed=1)
    return totals


def failures(path: Path, lines: int = 30) -> list[Case]:
    """Return the tests of a report that failed, with the last ``lines`` of what each says; [] without a report."""
    found = []
    for test in ET.parse(path).getroot().iter("testcase") if path.exists() else ():
        for element in [*test.iter("failure"), *test.iter("error")]:
            said = (element.text or element.get("message") or "").strip().splitlines()
            found.append(Case(test.get("name", ""), float(test.get("time", 0)), "\n".join(said[-lines:])))
    return found


def _printable(text: str) -> str:
    """Drop what XML cannot carry, the escapes of coloured output above all."""
    return "".join(char for char in text if char in "\t\n\r" or char >= " ")
