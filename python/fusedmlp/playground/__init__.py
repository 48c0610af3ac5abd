"""A page in the browser where nets are built, trained and looked at; extra ``playground``.

README.md in this folder is the protocol between page and server.
"""

from .start import Playground, playground

__all__ = ["Playground", "playground"]
