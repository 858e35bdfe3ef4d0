"""What works on this machine, what does not, and what to do about it."""

from desktop.engine.doctor.examination import examine
from desktop.engine.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine"]
