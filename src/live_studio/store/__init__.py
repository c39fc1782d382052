"""The store: one SQLite file, its schema, what is written into it and read from it."""

from .sqlite import Store as Store
