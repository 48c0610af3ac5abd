"""Training: ``fit``, its loop, data and loss of a fit, history, advice, callbacks."""
