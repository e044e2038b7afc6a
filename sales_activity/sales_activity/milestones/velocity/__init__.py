"""How fast sales run through their process, and where they stand still: the figures behind four reports.

- ``rules``: what the figures are, as plain functions.
- ``values``: what a sale is worth.
- ``projects``: Pipeline Velocity. ``times``: Milestone Time. ``stalls``: Standing Still. ``quality``: Hand-off
  Quality and the hand-offs that it is made of.

Everything is read, nothing is written. The database adds up, medians too (``reports/percentiles.py``): a year of a big
company is 100,000 milestones, and fetching them costs more than everything else.
"""
