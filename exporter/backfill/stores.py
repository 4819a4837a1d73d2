"""The temporary files in which everything that was counted waits for its block."""

from dataclasses import dataclass
from pathlib import Path

from .compensated_store import CompensatedStore
from .increment_store import IncrementStore


@dataclass(frozen=True, slots=True)
class Stores:
    """What records added to series, and the compensated requests."""

    increments: IncrementStore
    compensated: CompensatedStore

    @classmethod
    def create(cls, folder: Path) -> "Stores":
        """Create the files in a folder."""
        return cls(
            IncrementStore(folder / "increments"),
            CompensatedStore(folder / "compensated.sqlite"),
        )

    def close(self) -> None:
        """Close the files, which can be deleted."""
        self.compensated.close()
        # If the disk is full, this fails, too.
        self.increments.close()
