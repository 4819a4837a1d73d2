"""docs/counting.md: its worked examples match the exporter's output."""

import re

import pytest
from conftest import Count

from places import ROOT

PAGE = ROOT / "docs" / "counting.md"
EXAMPLES = re.findall(r"```jsonl\n(.*?)```\n```text\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize(("log", "expected"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_example(count: Count, log: str, expected: str) -> None:
    """The exposition of an example's log contains the lines shown below it."""
    printed = set(count(log).splitlines())

    assert [line for line in expected.splitlines() if line not in printed] == []


def test_examples_are_found() -> None:
    """The test finds all examples of the page."""
    assert len(EXAMPLES) == PAGE.read_text().count("```jsonl")
    assert len(EXAMPLES) > 8
