"""Targets against what was closed and what is open.

- ``segments``: cuts a span of time where targets or report periods begin and end.
- ``rules``: puts targets, credit and pipeline together. Plain functions, no site needed.
- ``queries``: reads targets and sums the ledger.
- ``compute``: reads everything for one report and hands it to the rules.
"""
