"""What several reports share.

- ``filters``: what a client may ask, checked.
- ``figures``: ratios as the reports show them.

The reports themselves stand in ``report/``, where Frappe looks for them.
"""
