"""Measures what README.md describes; `make benchmark` runs it."""
