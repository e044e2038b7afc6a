"""Connections of an Opportunity."""

from __future__ import annotations


def get_data() -> dict:
	return {"fieldname": "opportunity", "transactions": [{"items": ["Quotation"]}]}
