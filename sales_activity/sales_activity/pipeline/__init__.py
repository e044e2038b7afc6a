"""What is still open: Projects in Pipeline.

- ``rules``: plain functions that need no site.
- ``queries``: reads quotations, orders and opportunities; nothing is stored.
"""
