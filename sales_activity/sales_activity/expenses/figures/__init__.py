"""Where claims stand and what was spent on what: the figures behind the reports on expenses.

- ``scope``: the claims and lines that a report speaks of: what the session's user may see, narrowed by the filters.

Everything is read, nothing is written. The database adds up.
"""
