"""Leads: one definition of what is worth a salesperson's time, an honest score, and contact until they are ready.

Rules, plain functions that need no site:

- ``fit``: the criteria of a Universal Lead Definition, and what they give a lead.
- ``schedule``: when a lead gets which step of a program, and what ends its run.
"""
