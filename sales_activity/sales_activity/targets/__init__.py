"""Sales Targets: what may be set, and how much of a target falls into a period.

- ``rules``: plain functions that need no site.
- ``checks``: the questions to the database behind a target's validation.
"""
