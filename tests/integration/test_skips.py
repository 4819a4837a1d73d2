"""Every skip reason has instructions to run the test."""

import ast
from collections.abc import Iterator

from places import ROOT
from skips import remedy, told


def reasons(tree: ast.AST) -> Iterator[str]:
    """Yield the reason of each `skip` and `skipif`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("skip", "skipif")):
            given = [*node.args[-1:], *(keyword.value for keyword in node.keywords)]
            yield from (str(one.value) for one in given if isinstance(one, ast.Constant))


def test_every_reason_has_a_remedy() -> None:
    """Each skip reason in the tests has a remedy."""
    tests = (ROOT / "tests").rglob("*.py")
    found = {reason for path in tests for reason in reasons(ast.parse(path.read_text()))}
    assert len(found) >= 8
    assert [reason for reason in found if not remedy(reason)] == []


def test_reasons_are_grouped() -> None:
    """Reasons are printed once each, the most frequent first."""
    lines = list(told(["Skipped: needs amtool", "is older than x.py", "is older than x.py"]))
    assert lines == [
        "2 skipped: is older than x.py; to run them: make install",
        "1 skipped: needs amtool; to run them: "
        ".ci/packages, or apt-get install prometheus-alertmanager",
    ]
