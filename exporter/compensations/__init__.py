"""`compensations`: what a running exporter has on record of compensated requests."""

from .command import compensations

__all__ = ["compensations"]
