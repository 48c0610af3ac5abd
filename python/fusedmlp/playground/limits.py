"""How much one page may ask for."""

from __future__ import annotations

ROWS = 20_000  # of a table
SAMPLES = (10, 5000)  # of a made data set
SEED = 2**31 - 1
POINTS = 2000  # drawn by hand
SHOWN = 1000  # points in the picture
COLUMNS = 200  # network inputs of a table
CLASSES = 10
LAYERS = 8
UNITS = 32
RACERS = 4
UPLOAD = 10_000_000  # bytes of a file
MESSAGE = 200_000  # bytes of a message
SESSIONS = 16
FRAMES_PER_SECOND = 30
BOUNDARY = 100  # pixels of the boundary, along each side
NEURON = 20  # pixels of a neuron's picture
CURVE = 1000  # points of a curve that are kept
ACTIONS = 200  # that a script can tell, before it says that there were more
HALF_WIDTH = 3.0  # the picture shows [-3, 3] x [-3, 3]
