"""What several reports share.

- ``filters``: what a client may ask, checked.
- ``figures``: ratios as the reports show them.
- ``narrowing``: what the filters leave and the user may see, as SQL.

The reports themselves stand in ``report/``, where Frappe looks for them.
"""
