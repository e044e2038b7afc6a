"""Sales Activity: role-based targets, credit and attainment for ERPNext."""

__version__ = "0.1.0"
