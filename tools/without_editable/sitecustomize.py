"""On PYTHONPATH: an editable installation's import hook goes, so the package beside it is found.

The hook comes before PYTHONPATH; Python imports this file after it at every start.
"""

import sys

sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in type(finder).__module__]
