"""A network's parameters and its passes."""
