"""The milestones of some projects: read under lock, changed in memory, written in few statements.

What the app itself does to milestones (start, open, achieve by a document, take over a changed process) goes
through here. People's moves go through the document (see ``moves``); what follows from them comes here too.

Whoever changes milestones holds the lock on their project's row. Under it nobody else opens the same step,
and two people finishing parallel milestones see each other's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from sales_activity.overrides import opportunity
from sales_activity.sales_activity.credit.bulk import insert_rows
from sales_activity.sales_activity.credit.rules import Member
from sales_activity.sales_activity.milestones import open_forms, records, rules

MILESTONE = "Sales Milestone"
PROJECT = "Sales Project"
COURSE_INDEX = "milestone_course"

_LOCKED_PROJECTS = f"select * from `tab{PROJECT}` where name in %(names)s order by name for update"
_LOCKED_MILESTONES = f"""
	select * from `tab{MILESTONE}` force index ({COURSE_INDEX})
	where sales_project in %(names)s order by sales_project, step, position for update
"""
_CURRENT = f"""
	update `tab{PROJECT}` set current_milestone = if(%(suffix)s = '', null, concat(name, %(suffix)s)),
		milestone_probability = %(probability)s
	where name in %(names)s
"""


def lock_projects(names: Iterable[str]) -> dict[str, frappe._dict]:
	"""The rows of the projects as they are now, locked until the transaction ends; by name."""
	names = sorted(set(names))
	if not names:
		return {}
	rows = frappe.db.sql(_LOCKED_PROJECTS, {"names": names}, as_dict=True)
	return {row.name: row for row in rows}


def lock_milestone(name: str) -> Document | None:
	"""The milestone as it is now, its row locked; None where there is none. Lock its project before."""
	row = frappe.db.get_value(MILESTONE, name, "*", as_dict=True, for_update=True)
	return document_of(row) if row else None


def document_of(row: Mapping) -> Document:
	"""The document of a milestone's row, which may not be written yet, with its answers."""
	milestone = frappe.get_doc({**row, "doctype": MILESTONE})
	answers = frappe.qb.DocType("Milestone Answer")
	query = frappe.qb.from_(answers).select("*").orderby(answers.idx)
	query = query.where((answers.parenttype == MILESTONE) & (answers.parent == row["name"]))
	milestone.set("answers", query.run(as_dict=True))
	return milestone


class Board:
	"""Milestones of some projects, and what happens to them at one moment on behalf of one user."""

	def __init__(
		self, projects: Mapping[str, frappe._dict], user: str | None = None, at: datetime | None = None
	) -> None:
		"""``projects``: locked rows by name (see ``lock_projects``)."""
		self.projects = dict(projects)
		self.user = user or frappe.session.user
		self.at = get_datetime(at) if at else now_datetime()
		self.milestones: dict[str, list[frappe._dict]] = {name: [] for name in self.projects}
		self.notes: list[tuple[str, str]] = []
		self._added: list[frappe._dict] = []
		self._changed: dict[str, tuple[frappe._dict, set[str]]] = {}
		self._moves: list[tuple] = []
		self._teams: dict[str, list[Member]] | None = None
		self._documents: dict[str, dict[str, str]] = {}

	@classmethod
	def read(cls, names: Iterable[str], user: str | None = None, at: datetime | None = None) -> Board:
		"""The board of these projects with all their milestones, locked. Two queries."""
		return cls.around(lock_projects(names), user, at)

	@classmethod
	def around(
		cls, projects: Mapping[str, frappe._dict], user: str | None = None, at: datetime | None = None
	) -> Board:
		"""The board of locked projects with all their milestones, locked too. One query."""
		board = cls(projects, user, at)
		if board.projects:
			rows = frappe.db.sql(_LOCKED_MILESTONES, {"names": list(board.projects)}, as_dict=True)
			for row in rows:
				board.milestones[row.sales_project].append(row)
		return board

	@property
	def teams(self) -> dict[str, list[Member]]:
		"""The team of each project, in its order (one query for all)."""
		if self._teams is None:
			self._teams = _teams_of(list(self.projects))
		return self._teams

	def submitted(self, doctype: str) -> dict[str, str]:
		"""A submitted document of this DocType for each project that has one (one query for all)."""
		if doctype not in self._documents:
			self._documents[doctype] = _submitted(doctype, list(self.projects))
		return self._documents[doctype]

	def add(self, milestone: Mapping[str, object]) -> frappe._dict:
		"""A new milestone, Waiting. ``milestone`` holds everything but the record of its course."""
		row = frappe._dict(milestone)
		row.update(records.new_values(self.user, self.at))
		row.turn_of = row.responsible
		self.milestones[row.sales_project].append(row)
		self._added.append(row)
		self._moves.append(records.first_move(row, self.at, self.user))
		return row

	def change(self, row: frappe._dict, **values: object) -> None:
		"""Set fields of a milestone, to be written."""
		_row, fields = self._changed.setdefault(row.name, (row, set()))
		row.update(values)
		fields.update(values)

	def move(
		self, row: frappe._dict, to_state: str, via: str = "", reason: str = "", **values: object
	) -> None:
		"""Take a milestone to another state, with what follows for its fields; set ``values`` before."""
		project = self.projects[row.sales_project]
		self.change(row, **values)
		self._moves.append(records.move(row, to_state, project, self.at, self.user, via, reason))
		self.change(row, **records.values_after(row, to_state, self.at, self.user))

	def log(self, move: tuple) -> None:
		"""Put a move that was made elsewhere (see ``records.move``) into the log, with those made here."""
		self._moves.append(move)

	def write(self) -> None:
		"""Write everything: new milestones, changed ones, the log, the projects' current milestones."""
		_insert(self._added)
		added = {id(row) for row in self._added}
		for row, fields in self._changed.values():
			if id(row) not in added:
				_update(row, fields, self.user, self.at)
		records.write_moves(self._moves, self.user, self.at)
		self._write_current()
		for name, text in self.notes:
			frappe.get_doc(MILESTONE, name).add_comment("Info", text)
		self._tell_open_forms()

	def opened(self) -> list[frappe._dict]:
		"""The milestones that became somebody's turn here, by project and place."""
		return [row for row in self._moved() if row.status == rules.READY]

	def closed(self) -> list[frappe._dict]:
		"""The milestones that were done here."""
		return [row for row in self._moved() if row.status in rules.DONE]

	def _moved(self) -> list[frappe._dict]:
		return [row for row, fields in self._changed.values() if "status" in fields]

	def current(self, project: str) -> frappe._dict | None:
		"""The milestone that stands for the project, None where nothing is open."""
		return rules.current(self.milestones[project])

	def _tell_open_forms(self) -> None:
		"""Of milestones that were there before, and of the projects of all."""
		added = {row.name for row in self._added}
		for name in self._changed.keys() - added:
			open_forms.tell(MILESTONE, name, self.at)
		rows = (*self._added, *(row for row, _fields in self._changed.values()))
		for name in {row.sales_project for row in rows}:
			open_forms.tell(PROJECT, name, self.at)

	def _write_current(self) -> None:
		"""Tell projects, and their Opportunities, where they have got to. A statement for each different place."""
		places: dict[tuple, list[str]] = defaultdict(list)
		stages: dict[tuple, list[str]] = defaultdict(list)
		for name, project in self.projects.items():
			row = self.current(name)
			if (row.name if row else None) == (project.current_milestone or None):
				continue
			places[(row.name.removeprefix(name) if row else "", row.probability if row else 0)].append(name)
			project.current_milestone = row.name if row else None
			project.milestone_probability = row.probability if row else 0
			if row and project.reference_doctype == "Opportunity" and project.reference_name:
				stages[(row.sales_stage, row.probability)].append(project.reference_name)
		for (suffix, probability), names in places.items():
			frappe.db.sql(_CURRENT, {"suffix": suffix, "probability": probability, "names": names})
		for (stage, probability), names in stages.items():
			opportunity.set_stage(names, stage, probability)


def _teams_of(projects: Sequence[str]) -> dict[str, list[Member]]:
	"""Without those who have left: nothing becomes the turn of a disabled Sales Person."""
	teams: dict[str, list[Member]] = {name: [] for name in projects}
	member, person = frappe.qb.DocType("Sales Project Member"), frappe.qb.DocType("Sales Person")
	rows = (
		frappe.qb.from_(member)
		.inner_join(person)
		.on(person.name == member.sales_person)
		.select(member.parent, member.sales_person, member.sales_role, member.credit_percent)
		.where((member.parenttype == PROJECT) & member.parent.isin(projects) & (person.enabled == 1))
		.orderby(member.parent, member.idx)
	).run()
	for project, *fields in rows:
		teams[project].append(Member(*fields))
	return teams


def _submitted(doctype: str, projects: Sequence[str]) -> dict[str, str]:
	document = frappe.qb.DocType(doctype)
	rows = (
		frappe.qb.from_(document)
		.select(document.sales_project, document.name)
		.where((document.docstatus == 1) & document.sales_project.isin(projects))
		.where(document.status != "Lost")
		.orderby(document.creation)
	).run()
	return dict(rows)


def _insert(rows: Sequence[frappe._dict]) -> None:
	"""One statement; columns that stand empty in every row are left to their defaults."""
	columns = {field for row in rows for field, value in row.items() if value is not None}
	columns = sorted(columns - records.NOT_STORED)
	empty = dict.fromkeys(records.NUMBERS, 0)
	insert_rows(MILESTONE, columns, [[row.get(field, empty.get(field)) for field in columns] for row in rows])


def _update(row: frappe._dict, fields: set[str], user: str, at: datetime) -> None:
	values = {field: row.get(field) for field in fields}
	values.update(modified=at, modified_by=user)
	assignments = ", ".join(f"`{field}` = %({field})s" for field in values)
	frappe.db.sql(
		f"update `tab{MILESTONE}` set {assignments} where name = %(__name)s", {**values, "__name": row.name}
	)
	frappe.clear_document_cache(MILESTONE, row.name)
