"""CSV files as training data: reading them, and turning columns into network inputs and back."""

from .columns import CategoryColumn, NumberColumn
from .encoding import Table
from .reading import CsvData, TableError, read_csv
from .target import choose_target, class_labels, detect_task

__all__ = [
    "CategoryColumn",
    "CsvData",
    "NumberColumn",
    "Table",
    "TableError",
    "choose_target",
    "class_labels",
    "detect_task",
    "read_csv",
]
