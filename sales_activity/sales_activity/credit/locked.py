"""The ledger and what it is made from: records that only the app writes."""

from __future__ import annotations

from frappe import _

from sales_activity.locked import LockedRecord, RecordLockedError


class LedgerLockedError(RecordLockedError):
	"""Somebody tried to write the credit ledger, or what it is made from, by hand."""


class LedgerRecord(LockedRecord):
	"""Base class of their controllers."""

	refused_with = LedgerLockedError

	def refusal_title(self) -> str:
		"""The title of what somebody is told who tries."""
		return _("Ledger")
