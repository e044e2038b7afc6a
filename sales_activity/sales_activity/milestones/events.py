"""Documents that achieve milestones: a submitted Quotation or Sales Order of the project."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from pypika.terms import ExistsCriterion

from sales_activity.sales_activity.milestones import opening, rules
from sales_activity.sales_activity.milestones.board import MILESTONE, PROJECT, Board
from sales_activity.sales_activity.milestones.documents import achieve_by_document

# what a milestone can wait for (``achieved_by``)
DOCUMENTS = ("Quotation", "Sales Order")


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


def take_up_missed() -> int:
	"""Achieve what a document proves that nobody has taken up: it was submitted in one transaction while the step was
	opened, or the process started, in another, and neither saw the other. Commits after each project; returns how
	many there were. Two queries where nothing is to do."""
	taken = 0
	for doctype in DOCUMENTS:
		for project, user in _missed(doctype).items():
			taken += _take_up_one(project, user)
	return taken


def _missed(doctype: str) -> dict[str, str]:
	"""Projects with an open milestone that waits for such a document, has one, and doesn't say why it is open
	nevertheless; with the user who was the last to work on the document."""
	milestone, project = frappe.qb.DocType(MILESTONE), frappe.qb.DocType(PROJECT)
	document, comment = frappe.qb.DocType(doctype), frappe.qb.DocType("Comment")
	told = (
		frappe.qb.from_(comment)
		.select(comment.name)
		.where((comment.reference_doctype == MILESTONE) & (comment.reference_name == milestone.name))
		.where((comment.comment_type == "Info") & comment.content.like(f"%{doctype}%"))
	)
	rows = (
		frappe.qb.from_(milestone)
		.inner_join(project)
		.on((project.name == milestone.sales_project) & project.clock_stopped_on.isnull())
		.inner_join(document)
		.on(document.sales_project == milestone.sales_project)
		.select(milestone.sales_project, document.modified_by)
		.where((milestone.achieved_by == doctype) & milestone.status.isin(sorted(rules.OPENED)))
		.where((document.docstatus == 1) & (document.status != "Lost"))
		.where(ExistsCriterion(told).negate())
		.orderby(document.creation)
	).run()
	return dict(rows)


def _take_up_one(project: str, user: str) -> bool:
	"""In a transaction of its own. What somebody else has locked is left to the next time."""
	frappe.db.commit()
	try:
		take_up(Board.read([project], user))
		frappe.db.commit()
	except Exception as error:
		frappe.db.rollback()
		if not isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError):
			frappe.log_error(title=_("The milestones of {0} could not be achieved").format(project))
			frappe.db.commit()
		return False
	return True


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
