"""A network in memory: its arrays as NumPy arrays, its steps, and what has become of it."""
from .arrays import Info
from .sim import Sim
from .trajectory import Trajectory, UnitSums

__all__ = ["Info", "Sim", "Trajectory", "UnitSums"]
