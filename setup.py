"""The optional compiled part: built where Cython and a C compiler are, left out without them."""

from setuptools import Extension, setup

SWIFT = ("exporter.decode.swift", "exporter.ledger.swift")


def extensions() -> list[Extension]:
    """The compiled twins; none where Cython is missing."""
    try:
        from Cython.Build import cythonize
    except ImportError:
        return []
    found = [
        Extension(name, [name.replace(".", "/") + ".pyx"], include_dirs=["exporter"], optional=True)
        for name in SWIFT
    ]
    return list(cythonize(found, build_dir="build"))


setup(ext_modules=extensions())
