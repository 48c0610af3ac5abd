"""Tables: reading files, and turning columns of any kind into network inputs."""

from .encoder import Encoder
from .errors import TableError
from .reading import read

__all__ = [
    "Encoder",
    "TableError",
    "read",
]
