"""Who may see what.

- ``scope``: the people whose figures a user may see.
- ``queries``: the condition on lists, one for each DocType; it also decides on single documents.
- ``documents``: the same condition asked about one document.
- ``prepared_reports``: results of our reports that Frappe keeps.
"""
