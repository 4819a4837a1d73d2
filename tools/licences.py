"""List the licences of the exporter's installed dependencies, and report those not allowed."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .requirements import project, requirements

# SPDX ids, in any combination. Packages with weak copyleft are used unchanged.
ALLOWED = frozenset(
    {
        *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CNRI-Python", "ISC", "MIT"),
        *("MIT-0", "MPL-2.0", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
    }
)
# Names that older metadata uses.
NAMES = {
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache2": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
}


# Packages with only a licence file; these files were read by hand.
READ = {"promql-parser": "MIT"}


def licence(found: Distribution) -> str:
    """Return the licence of a distribution as an SPDX expression, or as in its metadata."""
    told = found.metadata
    if "License-Expression" in told:
        return str(told["License-Expression"])
    classifiers = [
        one.rpartition(" :: ")[2]
        for one in told.get_all("Classifier", [])
        if one.startswith("License :: ") and one != "License :: OSI Approved"
    ]
    text = str(told["License"] or "")
    unnamed = READ.get(canonicalize_name(found.name), "unknown")
    names = classifiers or [text.splitlines()[0] if text else unnamed]
    return " AND ".join(NAMES.get(name.lower(), name) for name in names)


def is_allowed(expression: str) -> bool:
    """Return True if the expression has only allowed licences."""
    return {*re.findall(r"[^()\s]+", expression)} - {"AND", "OR"} <= ALLOWED


def closure(wanted: Iterable[str]) -> Iterator[Distribution]:
    """Iterate over the installed distributions of requirements, including transitive ones."""
    seen: set[str] = set()
    rest = [Requirement(one) for one in wanted]
    while rest:
        one = rest.pop()
        name = canonicalize_name(one.name)
        applies = one.marker is None or any(
            one.marker.evaluate({"extra": extra}) for extra in ("", *one.extras)
        )
        if name in seen or not applies:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # for another platform, or not installed yet
        yield found
        rest += [Requirement(needed) for needed in found.requires or []]


def listed(wanted: Iterable[str]) -> list[tuple[str, str, str]]:
    """Return name, version and licence of each distribution, sorted by name."""
    found = closure(wanted)
    return sorted((one.name.lower(), one.version, licence(one)) for one in found)


def main(arguments: Sequence[str]) -> int:
    """Print the licences of the exporter's runtime dependencies and of the groups."""
    groups = requirements(arguments) if arguments else ()
    rows = listed([*project()["project"]["dependencies"], *groups])
    for row in rows:
        print("{:<24} {:<12} {}".format(*row))
    bad = [name for name, _, expression in rows if not is_allowed(expression)]
    if bad:
        print(f"licence not allowed: {', '.join(bad)}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
