"""The compiled part: built where a C compiler is, left out without a word where there is none."""

from setuptools import Extension, setup

COMPILED = (
    "exporter.utf8",
    "exporter.decode.scalars",
    "exporter.decode.rows",
    "exporter.decode.swift",
    "exporter.decode.packed",
    "exporter.ledger.window",
    "exporter.ledger.sums",
    "exporter.ledger.swift",
)


def extensions() -> list[Extension]:
    """The compiled twins; none where Cython is missing."""
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    sources = {name: [name.replace(".", "/") + ".pyx"] for name in COMPILED}
    found = cythonize(
        [Extension(name, files, include_dirs=["exporter"]) for name, files in sources.items()],
        build_dir="build",
        quiet=True,
    )
    for extension in found:
        extension.optional = True
    return list(found)


setup(ext_modules=extensions())
