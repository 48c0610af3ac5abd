"""Every check of what users pass in: an exact array or number comes back, or a clear error.

Messages name the function, the argument, what was wanted and what came.
"""
