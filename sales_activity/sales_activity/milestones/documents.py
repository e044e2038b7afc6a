"""A submitted Quotation or Sales Order as the proof that a milestone is achieved."""

from __future__ import annotations

from collections.abc import Mapping

import frappe
from frappe import _

from sales_activity.sales_activity.milestones import answers, rules
from sales_activity.sales_activity.milestones.board import Board, document_of


def achieve_by_document(board: Board, row: frappe._dict, doctype: str, name: str) -> None:
	"""Achieve one milestone by a document. Where something is missing, or the project's clock stands, it stays
	and a comment says why."""
	via = f"{doctype} {name}"
	missing = _missing(row, board.projects[row.sales_project])
	if missing:
		board.notes.append((row.name, _("{0} was submitted. {1}").format(via, missing)))
	else:
		board.move(row, rules.ACHIEVED, via)


def _missing(row: Mapping, project: Mapping) -> str | None:
	"""Why the milestone cannot be achieved yet."""
	if project.get("clock_stopped_on"):
		return _("The milestone stays open while the project is {0}.").format(_(project["status"]))
	if not (row.get("milestone_form") or row.get("evidence_required")):
		return None
	return " ".join(answers.missing_from(document_of(row))) or None
