"""Sales Projects: the team's rules, where projects come from, what is linked to them.

- ``rules``: plain functions that need no site.
- ``creation``: a project from an Opportunity or a Quotation.
- ``linking``: what ties ERPNext's documents to their project.
"""
