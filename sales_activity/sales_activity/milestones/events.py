"""Documents that achieve milestones: a submitted Quotation or Sales Order of the project."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from sales_activity.sales_activity.milestones import opening, rules
from sales_activity.sales_activity.milestones.board import MILESTONE, Board
from sales_activity.sales_activity.milestones.documents import achieve_by_document


def document_submitted(doc: Document) -> None:
	"""Achieve what waits for a document of this DocType in the project of the submitted document, and open what
	follows. One query where nothing is to be achieved so. The submitter needs no permission on milestones: the
	document is the proof."""
	if not doc.get("sales_project") or not _is_to_come(doc):
		return
	board = Board.read([doc.sales_project])
	waiting = [
		row
		for row in board.milestones.get(doc.sales_project, ())
		if row.achieved_by == doc.doctype and row.status in rules.OPENED
	]
	for row in waiting:
		achieve_by_document(board, row, doc.doctype, doc.name)
	if waiting:
		opening.proceed(board)


def take_up(board: Board) -> None:
	"""Achieve what documents that are submitted already prove, in all projects of the board; then go on."""
	for project, milestones in board.milestones.items():
		for row in milestones:
			name = (
				row.status in rules.OPENED
				and row.achieved_by
				and board.submitted(row.achieved_by).get(project)
			)
			if name:
				achieve_by_document(board, row, row.achieved_by, name)
	opening.proceed(board)


def _is_to_come(doc: Document) -> bool:
	"""Whether the project has such a milestone that isn't done: open, or opened by somebody since this transaction
	began. Only the locks show which."""
	return bool(
		frappe.db.exists(
			MILESTONE,
			{
				"sales_project": doc.sales_project,
				"achieved_by": doc.doctype,
				"status": ["not in", sorted(rules.DONE)],
			},
		)
	)
