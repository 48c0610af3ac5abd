"""Tables: reading files, and turning columns of any kind into network inputs."""

from .encoder import Encoder
from .encoding import Table
from .errors import TableError
from .reading import CsvData, read_csv
from .target import choose_target, class_labels, detect_task

__all__ = [
    "CsvData",
    "Encoder",
    "Table",
    "TableError",
    "choose_target",
    "class_labels",
    "detect_task",
    "read_csv",
]
