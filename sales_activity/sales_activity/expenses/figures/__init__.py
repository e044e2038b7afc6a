"""Where claims stand and what was spent on what: the figures behind the reports on expenses.

- ``scope``: the claims and lines that a report speaks of: what the session's user may see, narrowed by the filters.
- ``tags``: what lines are grouped by. ``analysis``: Expense Analysis and its detail. ``against``: the orders and the credit
  that expenses are held against.
- ``outstanding``: Claims Outstanding. ``approval``: Approval Times. ``sent``: since when a claim is on its way.
- ``twice``: Duplicate Expenses.

Everything is read, nothing is written. The database adds up.
"""
