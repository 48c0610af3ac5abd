"""Networks from other libraries, and files for places where this one is not installed."""
