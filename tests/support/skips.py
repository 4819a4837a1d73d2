"""Print skipped tests and how to run them, at the end of pytest's output."""

from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

# By a part of the reason.
REMEDIES = (
    ("alertmanager", ".ci/packages, or apt-get install prometheus prometheus-alertmanager"),
    ("amtool", ".ci/packages, or apt-get install prometheus-alertmanager"),
    ("prometheus", ".ci/packages, or apt-get install prometheus"),
    ("promtool", ".ci/packages, or apt-get install prometheus"),
    ("helm on the path", "make deployment"),
    ("schemas of", "make deployment"),
    ("needs groff", "apt-get install groff"),
    ("systemd-analyze", "apt-get install systemd, which need not run"),
    ("syslog-ng", ".ci/packages, or apt-get install syslog-ng-core syslog-ng-mod-http"),
    ("with compiled modules", "apt-get install gcc libc6-dev python3-dev, then make install"),
    ("is older than", "make install"),
    ("mounting", "run as root, outside of a container without privileges"),
    ("root may", "run as a user that is not root"),
    ("GRAFANA_URL", "start Grafana with these dashboards and set GRAFANA_URL to its address"),
    ("needs java", "apt-get install default-jre-headless maven"),
    ("needs mvn", "apt-get install maven"),
    ("chromium", "apt-get install chromium"),
    ("zsh", ".ci/packages, or apt-get install zsh"),
    ("fish", ".ci/packages, or apt-get install fish"),
    ("bash", "apt-get install bash"),
)


def remedy(reason: str) -> str:
    """Return how to run the tests skipped for a reason; empty if unknown."""
    return next((text for part, text in REMEDIES if part in reason), "")


def told(reasons: Iterable[str]) -> Iterator[str]:
    """Yield a line for each reason, with the number of tests, the reason and the remedy."""
    for reason, count in Counter(reasons).most_common():
        plain = reason.removeprefix("Skipped: ")
        yield f"{count} skipped: {plain}; to run them: {remedy(plain) or 'see the reason'}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the lines after all results."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("skipped tests, and how to run them")
        for line in told(report.longrepr[2] for report in skipped):
            terminalreporter.line(line)
