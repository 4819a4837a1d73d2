"""The oracle against expected values: labels, plans, names and limits."""

import pytest

from oracle import Settings
from recounting import by, fed, native


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (" a ", "a"), ("a\tb\x00\x85c", "a_b__c"), ("", "unknown"), (None, "unknown"),
        ("x" * 128, "x" * 128), ("x" * 129, "x" * 128 + "~0ec9eb33"),
        ("sk-ss-v1-not-a-real-key", "sha256:ed0ec4d03dbe"), ("Sk-x", "sha256:"),
        ("my sk-ai-v1-secret", "my sha256:ad522575170d"), ('q"\\\n', 'q"\\'), ("ünï", "ünï"),
    ],
)  # fmt: skip
def test_labels(value: str | None, shown: str) -> None:
    """Labels are trimmed and truncated with a hash; control characters and secrets are replaced."""
    found = "".join(by(fed(native(provider=value)), "requests", "provider"))

    assert found == shown or (shown == "sha256:" and found.startswith(shown) and len(found) == 19)


def test_plans_and_keys() -> None:
    """The plan is the record's, else the key's, else by the key's form; keys show their names."""
    settings = Settings(keys={"k": ("checkout", "gold"), "n": ("nameless", None)})
    oracle = fed(
        native(api_key=" k "), native(api_key="k", plan="payg"), native(api_key="n"),
        native(api_key="sk-ss-v1-x"), settings=settings,
    )  # fmt: skip

    assert by(oracle, "requests", "plan") == {"gold": 1, "payg": 2, "subscription": 1}
    assert set(by(oracle, "requests", "api_key")) >= {"checkout", "nameless"}


def test_limits() -> None:
    """The first values get a series, the rest is `other`; listed and named values are exempt."""
    models = Settings(limits={**Settings().limits, "model": 1}, display={"model": {"raw": "Shown"}})
    listed = Settings(allow={"model": frozenset({"a"})}, deny={"provider": frozenset({"p"})})
    lines = [native(model=model, provider="p") for model in ("raw", "a", "b", "a", "other")]

    assert by(fed(*lines, settings=models), "requests", "model") == {
        "Shown": 1, "a": 2, "other": 2,
    }  # fmt: skip
    assert by(fed(*lines, settings=listed), "requests", "model") == {"a": 2, "other": 3}
    assert by(fed(*lines, settings=listed), "requests", "provider") == {"other": 5}
