"""What `check` warns about in a valid configuration."""

from pathlib import Path

import pytest

from exporter.cli.main import main


def test_paths_without_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A path that matches no file is only a warning, because the file may appear later."""
    (tmp_path / "there.jsonl").touch()
    config = tmp_path / "exporter.yml"
    config.write_text(
        f"sources:\n- {{name: a, type: file, path: '{tmp_path}/none*.jsonl'}}\n"
        f"- {{name: b, type: file, path: '{tmp_path}'}}\n"
        f"- {{name: c, type: file, path: '{tmp_path}/there.jsonl'}}\n"
        "- {name: d, type: stdin}\n"
    )

    assert main(["check", f"--config.file={config}"]) == 0
    assert capsys.readouterr() == (
        "configuration is valid\n",
        f"zenmux-exporter: source a: {tmp_path}/none*.jsonl: no file matches\n"
        f"zenmux-exporter: source b: {tmp_path}: is a directory; use {tmp_path}/*.jsonl\n",
    )


def test_no_source(capsys: pytest.CaptureFixture[str]) -> None:
    """Without sources, `run` needs files on its command line."""
    assert main(["check"]) == 0
    told = capsys.readouterr().err

    assert told == "zenmux-exporter: no source is configured: run needs files on its command line\n"


def test_unknown_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A misspelt variable is reported with a suggestion, but without its value."""
    monkeypatch.setenv("ZENMUX_EXPORTER_LOG_LEVLE", "secret")

    assert main(["check"]) == 0
    told = capsys.readouterr().err
    assert "variable=ZENMUX_EXPORTER_LOG_LEVLE" in told
    assert "did you mean ZENMUX_EXPORTER_LOG_LEVEL?" in told
    assert "secret" not in told
