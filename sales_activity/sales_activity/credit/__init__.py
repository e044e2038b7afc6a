"""Who earned what from an order.

- ``rules``: the arithmetic, plain functions that need no site.
- ``team``: which team an order is won with, and keeping it.
- ``locked``: the controllers of what nobody writes by hand.
- ``ledger``: reads orders, writes Sales Credit Entries, the only place that does.
- ``bulk``: many rows in one statement.
- ``months``: folds old entries into monthly sums, for reports.
- ``repost``: posts many orders again, in the background, resumable.
- ``reconcile``: compares the ledger with the orders.
"""
