"""What happens on the events of ERPNext's documents, one file a DocType.

The functions are named after the event that calls them (see ``doc_events`` in hooks.py) and hold no rules.
"""
