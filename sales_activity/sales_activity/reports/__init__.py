"""What several reports share.

- ``filters``: what a client may ask, checked.
- ``figures``: ratios as the reports show them.
- ``narrowing``: what the filters leave and the user may see, as SQL.
- ``percentiles``: medians and other percentiles, worked out by the database.

The reports themselves stand in ``report/``, where Frappe looks for them.
"""
