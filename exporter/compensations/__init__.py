"""`compensations`: list the compensated requests that a running exporter has on record."""

from .command import compensations

__all__ = ["compensations"]
