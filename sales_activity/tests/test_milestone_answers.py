"""Answers on their way into the database: typed, checked against the form, kept, locked after the hand-off."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Mapping
from datetime import date, datetime
from io import StringIO

import frappe
from frappe import client
from frappe.core.doctype.data_import.importer import Importer
from frappe.model.document import Document

from sales_activity.sales_activity.doctype.milestone_form.milestone_form import (
	FormDefinitionError,
	FormInUseError,
)
from sales_activity.sales_activity.milestones import answers
from sales_activity.sales_activity.milestones.answers import (
	AnswersLockedError,
	BadAnswersError,
	MissingAnswersError,
)
from sales_activity.sales_activity.milestones.files import FileInUseError, NoSuchFileError
from sales_activity.sales_activity.milestones.moves import MilestoneLockedError, NotYourMilestoneError
from sales_activity.tests import factories
from sales_activity.tests.test_milestone_forms import BAD
from sales_activity.tests.test_milestone_moves import CALLER, DESIGNER, OUTSIDER, SELLER, MilestoneCase

FORM, VISIT_FORM, PROCESS = "Answer Everything", "Answer Visit", "Answer Process"
ROWS = [
	("Call", 1, "Tele-sales", {"milestone_form": FORM}),
	("Visit", 2, "Sales Person", {"milestone_form": VISIT_FORM, "evidence_required": 1}),
	("Design", 3, "Design Consultant", {"milestone_form": VISIT_FORM}),
	("Close", 4, "Sales Person"),
]
TYPES = ("Data", "Text", "Int", "Float", "Currency", "Percent", "Date", "Datetime", "Check", "Duration")
GROUP = "All Item Groups"

# what is sent for each question of the form, and what has to be stored: value, number, moment
SENT = {
	"data": (" Asha ", "Asha", None, None),
	"text": ("Two\nlines & a < b", "Two\nlines & a < b", None, None),
	"int": (12, "12", 12, None),
	"float": ("0012.5000", "12.5", 12.5, None),
	"currency": (99.9, "99.9", 99.9, None),
	"percent": ("50", "50", 50, None),
	"date": ("2026-1-5", "2026-01-05", None, datetime(2026, 1, 5)),
	"datetime": ("2026-01-05T10:30", "2026-01-05 10:30:00", None, datetime(2026, 1, 5, 10, 30)),
	"check": (True, "1", 1, None),
	"select": ("Yes", "Yes", None, None),
	"link": (GROUP.upper(), GROUP, None, None),
	"duration": ("2h 30m", "9000", 9000, None),
}


def form_rows() -> list[dict]:
	"""A question of each type; ``why`` is mandatory when ``select`` is No."""
	rows = [{"label": fieldtype, "fieldtype": fieldtype} for fieldtype in TYPES]
	return [
		{**rows[0], "mandatory": 1, "maximum": "20"},
		*rows[1:],
		{"label": "Select", "fieldtype": "Select", "options": "Yes\nNo"},
		{"label": "Link", "fieldtype": "Link", "options": "Item Group"},
		{"label": "Attach", "fieldtype": "Attach"},
		{"label": "Secret", "fieldtype": "Link", "options": "Workflow"},
		{
			"label": "Why",
			"fieldtype": "Text",
			"when_field": "select",
			"when_operator": "=",
			"when_value": "No",
		},
	]


class AnswerCase(MilestoneCase):
	@classmethod
	def setUpClass(cls) -> None:
		super().setUpClass()
		factories.make_once("Milestone Form", FORM, form_name=FORM, questions=form_rows())
		visit = [{"label": "Need", "fieldtype": "Text"}, {"label": "Data", "fieldtype": "Data"}]
		factories.make_once("Milestone Form", VISIT_FORM, form_name=VISIT_FORM, questions=visit)
		factories.sales_process(PROCESS, ROWS)

	def setUp(self) -> None:
		super().setUp()
		self.project = self.started(PROCESS)

	def call(self) -> Document:
		return self.named(self.project, "Call")

	def answer(self, given: Mapping[str, object], user: str = CALLER, milestone: str = "Call") -> Document:
		"""Save answers, each in a row of its own beside what stands there, as the form of the desk does."""
		frappe.set_user(user)
		doc = self.named(self.project, milestone)
		for fieldname, value in given.items():
			row = next((row for row in doc.answers if row.fieldname == fieldname), None)
			if row:
				row.value = value
			else:
				doc.append("answers", {"fieldname": fieldname, "value": value})
		doc.save()
		frappe.set_user("Administrator")
		return self.named(self.project, milestone)

	def refuse_answers(self, given: Mapping[str, object], **kwargs: object) -> str:
		"""The answers are refused and nothing has changed; returns the message."""
		before = self.stored()
		message = self.refuse(self.answer, given, **{"error": BadAnswersError, **kwargs})
		frappe.set_user("Administrator")
		self.assertEqual(self.stored(), before)
		return message

	def stored(self) -> list[tuple]:
		"""Everything that people put into the project's milestones."""
		rows = frappe.get_all("Milestone Answer", fields=["*"], order_by="name", limit=0)
		fields = ["name", "evidence", "remark", "form_as_answered", "status", "modified"]
		return [rows, frappe.get_all("Sales Milestone", fields=fields, order_by="name", limit=0)]

	def values(self, milestone: str = "Call") -> dict[str, str]:
		return {row.fieldname: row.value for row in self.named(self.project, milestone).answers}

	def achieve(self, milestone: str, user: str, **values: object) -> Document:
		return factories.move(self.named(self.project, milestone), "Achieve", user, **values)

	def file(
		self, content: str = "proof", owner: str = CALLER, is_private: int = 1, **values: object
	) -> Document:
		"""A file as a user uploads it."""
		frappe.set_user(owner)
		doc = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"proof-{frappe.generate_hash(length=6)}.txt",
				"content": content,
				"is_private": is_private,
				**values,
			}
		)
		doc.insert()
		frappe.set_user("Administrator")
		return doc


class TestTaking(AnswerCase):
	def test_each_type_is_stored_typed_with_its_question(self) -> None:
		doc = self.answer({name: sent for name, (sent, *_stored) in SENT.items()})
		rows = {row.fieldname: row for row in doc.answers}
		self.assertEqual(list(rows), [*[*SENT][:9], "duration", "select", "link"])
		for name, (_sent, value, number, moment) in SENT.items():
			row = rows[name]
			self.assertEqual((row.value, row.number or None, row.moment), (value, number, moment), name)
			self.assertEqual(row.label.lower(), name)
		self.assertEqual(rows["select"].options, "Yes\nNo")

	def test_what_else_a_client_sends_in_a_row_is_ignored(self) -> None:
		frappe.set_user(CALLER)
		doc = self.call()
		lies = {
			"label": "<b>Lie</b>",
			"fieldtype": "Data",
			"options": "x",
			"number": 7,
			"moment": "2020-01-01",
		}
		doc.append("answers", {"fieldname": "int", "value": "12", **lies})
		doc.save()
		row = self.call().answers[0]
		self.assertEqual(
			(row.label, row.fieldtype, row.options, row.number, row.moment), ("Int", "Int", "", 12, None)
		)
		doc = self.call()
		doc.answers[0].update(lies)
		doc.save()
		row = self.call().answers[0]
		self.assertEqual(
			(row.label, row.fieldtype, row.options, row.number, row.moment), ("Int", "Int", "", 12, None)
		)

	def test_what_is_not_sent_stays_and_what_is_sent_empty_goes(self) -> None:
		self.answer({"data": "Asha", "int": 1})
		frappe.set_user(CALLER)
		doc = self.call()
		doc.set("answers", [{"fieldname": "text", "value": "new"}])
		doc.save()
		self.assertEqual(self.values(), {"data": "Asha", "text": "new", "int": "1"})
		self.answer({"int": ""})
		self.assertEqual(self.values(), {"data": "Asha", "text": "new"})

	def test_rows_keep_their_names_and_say_when_they_were_answered(self) -> None:
		first = self.answer({"data": "Asha"}).answers[0]
		doc = self.answer({"int": 3})
		self.assertEqual(doc.answers[0].name, first.name)
		self.assertEqual(doc.answers[0].modified, first.modified)
		self.assertEqual((doc.answers[1].owner, doc.answers[1].modified_by), (CALLER, CALLER))
		changed = self.answer({"data": "Ravi"}).answers[0]
		self.assertEqual((changed.name, changed.creation), (first.name, first.creation))
		self.assertGreater(changed.modified, first.modified)

	def test_a_row_of_an_import_names_itself_and_no_field(self) -> None:
		name = self.answer({"data": "Asha", "int": 1}).answers[0].name
		frappe.set_user(CALLER)
		doc = self.call()
		doc.set("answers", [{"name": name, "value": "Ravi"}])
		doc.save()
		self.assertEqual(self.values(), {"data": "Ravi", "int": "1"})

	def test_what_does_not_fit_is_refused_whatever_its_type(self) -> None:
		self.answer({"data": "Asha"})
		for fieldtype in (*TYPES, "Select", "Link", "Attach"):
			for raw in BAD[fieldtype]:
				with self.subTest(fieldtype=fieldtype, raw=str(raw)[:30]):
					message = self.refuse_answers({fieldtype.lower(): raw})
					self.assertIn(fieldtype, message)
					self.assertNotIn("<script", message)
					self.assertLess(len(message), 2000)

	def test_questions_that_are_not_asked_or_asked_once(self) -> None:
		self.assertIn("no question named", self.refuse_answers({"colour": "blue"}))
		frappe.set_user(CALLER)
		doc = self.call()
		doc.extend("answers", [{"fieldname": "data", "value": value} for value in "ab"])
		self.assertIn("twice", self.refuse(doc.save, error=BadAnswersError))

	def test_one_bad_answer_refuses_all_and_names_all(self) -> None:
		message = self.refuse_answers({"text": "good", "int": "many", "date": "soon", "data": "x" * 21})
		for label in ("Int", "Date", "Data"):
			self.assertIn(f"<b>{label}</b>", message)

	def test_a_milestone_without_a_form_takes_none(self) -> None:
		for milestone, user in (("Call", CALLER), ("Visit", SELLER), ("Design", DESIGNER)):
			given = {"answers": {"data": "x"}} if milestone == "Call" else {}
			if milestone == "Visit":
				given = {"evidence": self.file(owner=user).file_url}
			self.achieve(milestone, user, **given)
		self.refuse_answers({"data": "x"}, user=SELLER, milestone="Close")

	def test_links_exist_and_are_the_users_to_read(self) -> None:
		self.assertIn("no Item Group", self.refuse_answers({"link": "No Such Group"}))
		self.assertTrue(frappe.db.exists("Workflow", "Sales Milestone"))
		self.refuse_answers({"secret": "Sales Milestone"})

	def test_html_in_a_remark_is_refused_too(self) -> None:
		for remark in ("<script>alert(1)</script>", "x" * 2001, "x" * 2**20):
			frappe.set_user(CALLER)
			doc = self.call()
			doc.remark = remark
			self.refuse(doc.save, error=BadAnswersError)

	def test_only_those_who_work_on_it_answer(self) -> None:
		for user in (SELLER, OUTSIDER, "Administrator"):
			self.refuse_answers(
				{"data": "x"}, user=user, error=(NotYourMilestoneError, frappe.PermissionError)
			)

	def test_a_waiting_milestone_is_not_answered(self) -> None:
		self.refuse_answers({"need": "x"}, user=SELLER, milestone="Visit", error=AnswersLockedError)


class TestCompleteness(AnswerCase):
	def test_mandatory_answers_come_before_achieving(self) -> None:
		message = self.refuse(self.achieve, "Call", CALLER, error=MissingAnswersError)
		self.assertIn("<b>Data</b> is not answered", message)
		self.answer({"data": "Asha", "select": "No"})
		self.assertIn("Why", self.refuse(self.achieve, "Call", CALLER, error=MissingAnswersError))
		self.assertEqual(self.call().status, "Ready")
		self.achieve("Call", CALLER, answers={"why": "Not now"})
		self.assertEqual(self.call().status, "Achieved")

	def test_evidence_comes_before_achieving(self) -> None:
		self.achieve("Call", CALLER, answers={"data": "Asha"})
		self.assertIn("evidence", self.refuse(self.achieve, "Visit", SELLER, error=MissingAnswersError))
		file = self.file(owner=SELLER)
		self.achieve("Visit", SELLER, evidence=file.file_url)
		file.reload()
		attached = (file.attached_to_doctype, file.attached_to_name, file.attached_to_field, file.is_private)
		self.assertEqual(attached, ("Sales Milestone", f"{self.project.name}-02", "evidence", 1))

	def test_evidence_that_was_deleted_meanwhile_is_missing(self) -> None:
		self.achieve("Call", CALLER, answers={"data": "Asha"})
		file = self.file(owner=SELLER)
		frappe.set_user(SELLER)
		visit = self.named(self.project, "Visit")
		visit.evidence = file.file_url
		visit.save()
		frappe.delete_doc("File", file.name)
		self.refuse(self.achieve, "Visit", SELLER, error=MissingAnswersError)


class TestLocks(AnswerCase):
	def setUp(self) -> None:
		super().setUp()
		self.proof = self.file(content="handed over")
		self.answer({"data": "Asha", "int": 1, "attach": self.proof.file_url})
		self.achieve("Call", CALLER, remark="Be kind")

	def test_nothing_that_was_handed_over_changes(self) -> None:
		for change in (
			lambda doc: doc.answers[0].update({"value": "Ravi"}),
			lambda doc: doc.answers[0].update({"value": ""}),
			lambda doc: doc.answers[0].update({"value": "Ravi", "fieldname": None}),
			lambda doc: doc.set("answers", []),
			lambda doc: doc.set("answers", doc.answers[:1]),
			lambda doc: doc.append("answers", {"fieldname": "text", "value": "more"}),
			lambda doc: doc.set("remark", "Be rude"),
			lambda doc: doc.set("remark", None),
			lambda doc: doc.set("evidence", self.proof.file_url),
			lambda doc: doc.set("form_as_answered", "[]"),
			lambda doc: doc.set("milestone_form", VISIT_FORM),
		):
			for user in (CALLER, "path.boss@example.com"):
				frappe.set_user(user)
				doc, before = self.call(), self.stored()
				change(doc)
				self.refuse(doc.save, error=(AnswersLockedError, MilestoneLockedError))
				self.assertEqual(self.stored(), before)

	def test_rows_alone_are_neither_written_nor_deleted(self) -> None:
		row = self.call().answers[0]
		before = self.stored()
		for user in (CALLER, "Administrator"):
			frappe.set_user(user)
			for attempt in (
				lambda: client.set_value("Milestone Answer", row.name, "value", "Ravi"),
				lambda: client.delete("Milestone Answer", row.name),
				lambda: frappe.get_doc("Milestone Answer", row.name).delete(),
				lambda: client.save({**row.as_dict(), "value": "Ravi"}),
			):
				self.refuse(attempt)
				self.assertEqual(self.stored(), before)

	def test_files_that_were_handed_over_stay(self) -> None:
		self.proof.reload()
		for user in (CALLER, "Administrator"):
			frappe.set_user(user)
			self.refuse(frappe.delete_doc, "File", self.proof.name, error=FileInUseError)
			for change in ({"is_private": 0}, {"attached_to_name": None, "attached_to_doctype": None}):
				file = frappe.get_doc("File", self.proof.name)
				file.update(change)
				self.refuse(file.save, error=(FileInUseError, frappe.PermissionError))
		twin = frappe.get_doc("File", {"attached_to_name": self.project.name})
		self.refuse(frappe.delete_doc, "File", twin.name, error=FileInUseError)
		self.assertEqual(frappe.get_doc("File", self.proof.name).get_content(), "handed over")

	def test_what_is_asked_back_can_be_corrected_until_it_is_handed_over_again(self) -> None:
		visit = self.named(self.project, "Visit")
		factories.move(visit, "Return", SELLER, question="Who is Asha?")
		self.refuse_answers(
			{"data": "Mine"}, user=OUTSIDER, error=(NotYourMilestoneError, frappe.PermissionError)
		)
		self.assertIn("data", self.answer({"data": "Asha Menon", "int": ""}).as_json())
		self.assertEqual(self.values()["data"], "Asha Menon")
		self.refuse_answers(
			{"need": "x"}, user=SELLER, milestone="Visit", error=(AnswersLockedError, NotYourMilestoneError)
		)
		factories.move(visit, "Hand Over Again", CALLER, reply="Asha Menon")
		self.refuse_answers({"data": "Asha"}, error=AnswersLockedError)
		self.assertEqual(self.values()["data"], "Asha Menon")

	def test_only_the_step_that_was_asked_is_open_again(self) -> None:
		self.achieve("Visit", SELLER, evidence=self.file(owner=SELLER).file_url, answers={"data": "x"})
		factories.move(self.named(self.project, "Design"), "Return", DESIGNER, question="Why?")
		self.refuse_answers({"data": "Ravi"}, error=AnswersLockedError)
		self.answer({"data": "y"}, user=SELLER, milestone="Visit")


class TestFiles(AnswerCase):
	def test_a_file_of_ones_own_becomes_private_and_attached(self) -> None:
		file = self.file(is_private=0)
		self.assertTrue(file.file_url.startswith("/files/"))
		row = self.answer({"attach": file.file_url}).answers[0]
		file = frappe.get_doc("File", file.name)
		self.assertEqual(row.value, file.file_url)
		self.assertTrue(file.file_url.startswith("/private/files/") and file.is_private)
		self.assertEqual(
			(file.attached_to_doctype, file.attached_to_name), ("Sales Milestone", self.call().name)
		)
		self.assertEqual(file.get_content(), "proof")

	def test_a_file_attached_elsewhere_gets_a_second_record(self) -> None:
		customer = {"attached_to_doctype": "Customer", "attached_to_name": self.customer}
		for private in (1, 0):
			file = self.file(content=f"elsewhere {private}", is_private=private, **customer)
			url = file.file_url
			row = self.answer({"attach": url}).answers[0]
			file.reload()
			self.assertEqual(
				(file.file_url, file.attached_to_name, file.is_private), (url, self.customer, private)
			)
			attached = {"file_url": row.value, "attached_to_name": self.call().name, "is_private": 1}
			copy = frappe.get_doc("File", attached)
			self.assertEqual(copy.get_content(), file.get_content())
			self.assertEqual(row.value == url, bool(private))

	def test_files_of_others_and_files_that_are_none(self) -> None:
		others = self.file(owner=OUTSIDER, is_private=1)
		for url in (others.file_url, "/files/none.txt", "/private/files/../../site_config.json"):
			self.refuse_answers({"attach": url}, error=NoSuchFileError)
		frappe.set_user(CALLER)
		doc = self.call()
		doc.evidence = others.file_url
		self.refuse(doc.save, error=NoSuchFileError)
		self.assertIsNone(frappe.db.get_value("File", others.name, "attached_to_name"))

	def test_evidence_is_a_file_too(self) -> None:
		for evidence in ("https://example.com/x.pdf", "proof", "javascript:alert(1)"):
			frappe.set_user(CALLER)
			doc = self.call()
			doc.evidence = evidence
			self.refuse(doc.save, error=BadAnswersError)

	def test_while_it_is_worked_on_a_file_can_be_replaced(self) -> None:
		first, second = self.file(content="one"), self.file(content="two")
		self.answer({"attach": first.file_url})
		self.assertEqual(self.attached_to_project(), [first.file_url])
		frappe.set_user(CALLER)
		frappe.delete_doc("File", first.name)
		row = self.answer({"attach": second.file_url}).answers[0]
		self.assertEqual(row.value, frappe.db.get_value("File", second.name, "file_url"))
		self.assertEqual(self.attached_to_project(), [second.file_url])
		self.answer({"attach": ""})
		self.assertEqual(self.attached_to_project(), [])
		self.assertTrue(frappe.db.exists("File", second.name))

	def test_files_go_with_their_project_only(self) -> None:
		proof, evidence = self.file(content="one"), self.file(content="two")
		self.answer({"data": "Asha", "attach": proof.file_url})
		self.achieve("Call", CALLER, evidence=evidence.file_url)
		self.assertEqual(sorted(self.attached_to_project()), sorted([proof.file_url, evidence.file_url]))
		frappe.delete_doc("Sales Project", self.project.name)
		for file in (proof, evidence):
			self.assertFalse(frappe.db.exists("File", {"file_url": file.file_url}))

	def attached_to_project(self) -> list[str]:
		return frappe.get_all("File", filters={"attached_to_name": self.project.name}, pluck="file_url")


class TestFormsInUse(AnswerCase):
	def test_an_answered_milestone_keeps_its_form(self) -> None:
		self.answer({"data": "Asha"})
		other = self.started(PROCESS)
		form = frappe.get_doc("Milestone Form", FORM)
		form.questions = [row for row in form.questions if row.fieldname == "text"]
		form.append("questions", {"label": "Brand New", "fieldtype": "Int", "mandatory": 1})
		form.save()
		frozen = self.call().form_as_answered
		self.answer({"int": 4})
		self.assertEqual(self.values(), {"data": "Asha", "int": "4"})
		self.refuse_answers({"brand_new": 1})
		self.assertEqual(self.call().form_as_answered, frozen)
		self.assertEqual(len(json.loads(frozen)), len(form_rows()))
		self.achieve("Call", CALLER)
		self.project = other
		self.refuse_answers({"data": "Asha"})
		self.answer({"brand_new": 1})

	def test_the_form_as_answered_is_not_the_clients(self) -> None:
		frappe.set_user(CALLER)
		doc = self.call()
		doc.form_as_answered = json.dumps([{"fieldname": "x", "label": "X", "fieldtype": "Data"}])
		doc.append("answers", {"fieldname": "x", "value": "1"})
		self.refuse(doc.save, error=MilestoneLockedError)

	def test_a_form_in_use_is_not_deleted(self) -> None:
		message = self.refuse(frappe.delete_doc, "Milestone Form", FORM, error=FormInUseError)
		self.assertIn(PROCESS, message)
		unused = factories.make(
			"Milestone Form", form_name="Unused", questions=[{"label": "A", "fieldtype": "Data"}]
		)
		unused.delete()

	def test_names_are_made_from_labels(self) -> None:
		labels = ("What's the Budget?", "Budget", "budget", "预算", "2nd Choice", "x" * 140)
		form = factories.make(
			"Milestone Form",
			form_name="Names",
			questions=[{"label": label, "fieldtype": "Data"} for label in labels],
		)
		names = [row.fieldname for row in form.questions]
		self.assertEqual(
			names, ["what_s_the_budget", "budget", "budget_2", "question_4", "question_2nd_choice", "x" * 50]
		)

	def test_questions_that_cannot_be_asked(self) -> None:
		for row, text in (
			({"label": "A", "fieldname": "A B", "fieldtype": "Data"}, "name"),
			({"label": "A", "fieldtype": "Select"}, "choices"),
			({"label": "A", "fieldtype": "Link", "options": "No Such DocType"}, "no DocType"),
			({"label": "A", "fieldtype": "Link", "options": "Sales Order Item"}, "no DocType"),
			({"label": "A", "fieldtype": "Link", "options": "System Settings"}, "no DocType"),
			({"label": "A", "fieldtype": "Data", "pattern": "(a"}, "pattern"),
			({"label": "A", "fieldtype": "Int", "minimum": "3", "maximum": "2"}, "above the maximum"),
			(
				{"label": "A", "fieldtype": "Int", "when_field": "b", "when_operator": "is set"},
				"no question named",
			),
		):
			doc = frappe.get_doc({"doctype": "Milestone Form", "form_name": "Bad", "questions": [row]})
			self.assertIn(text, self.refuse(doc.insert, error=FormDefinitionError), row)


class TestKnowledge(AnswerCase):
	def test_everything_is_known_to_the_next(self) -> None:
		proof = self.file()
		self.answer({name: sent for name, (sent, *_stored) in SENT.items()})
		self.achieve("Call", CALLER, remark="Be kind", evidence=proof.file_url)
		known = {one.label: one for one in answers.known_so_far(self.project.name, 2)}
		self.assertEqual(
			{one.raw for one in known.values()} - {None},
			{
				*(value for _sent, value, *_more in SENT.values()),
				"Be kind",
				self.call().evidence,
			},
		)
		self.assertEqual(
			(known["Date"].value, known["Check"].value), (frappe.utils.formatdate("2026-01-05"), "Yes")
		)
		self.assertEqual((known["Percent"].value, known["Duration"].value), ("50 %", "2h 30m"))
		self.assertIn("99.90", known["Currency"].value)
		self.assertEqual({(one.milestone, one.by) for one in known.values()}, {("Call", CALLER)})
		self.assertEqual(answers.known_so_far(self.project.name, 1), [])

	def test_conditions_see_python_values_and_the_last_counts(self) -> None:
		self.answer({"data": "Asha", "int": 1, "date": "2026-01-05"})
		self.achieve("Call", CALLER)
		values = answers.earlier_values(self.project.name, 2)
		self.assertEqual(values, {"data": "Asha", "int": 1, "date": date(2026, 1, 5), "check": False})
		self.answer({"data": "Ravi"}, user=SELLER, milestone="Visit")
		self.assertEqual(answers.earlier_values(self.project.name, 3)["data"], "Ravi")
		self.assertEqual(answers.earlier_values(self.project.name, 1), {})

	def test_nothing_ticked_is_an_answer_too(self) -> None:
		factories.make_once(
			"Milestone Form",
			"Answers Optional",
			form_name="Answers Optional",
			questions=[{"label": "Crane", "fieldname": "crane", "fieldtype": "Check"}],
		)
		frappe.db.set_value("Sales Milestone", self.call().name, "milestone_form", "Answers Optional")
		self.assertEqual(answers.earlier_values(self.project.name, 2), {})
		self.achieve("Call", CALLER)
		self.assertEqual(answers.earlier_values(self.project.name, 2), {"crane": False})

	def test_what_the_desk_gets(self) -> None:
		self.answer({"data": "Asha"})
		shown = answers.for_form(self.call())
		self.assertEqual(shown["answers"], {"data": "Asha"})
		self.assertEqual([row["fieldname"] for row in shown["questions"]][:2], ["data", "text"])
		self.assertTrue(shown["is_open"])
		json.dumps(shown, default=str)

	def test_few_queries(self) -> None:
		self.answer({"data": "Asha"})
		with self.assertQueryCount(2):
			answers.known_so_far(self.project.name, 4)


class TestWaysIn(AnswerCase):
	"""Each bad answer by each way that runs in a process; HTTP and Data Import stand in tests/."""

	def ways(self) -> dict[str, Callable[[list[dict]], object]]:
		name = self.call().name
		saved = lambda rows: client.save({**self.call().as_dict(), "answers": rows})  # noqa: E731
		return {
			"frappe.client.save": saved,
			"frappe.client.set_value": lambda rows: client.set_value(
				"Sales Milestone", name, "answers", rows
			),
			"frappe.client.bulk_update": lambda rows: self._bulk(name, rows),
			"doc.update": lambda rows: self.call().update({"answers": rows}).save(),
			"api": lambda rows: frappe.get_attr("sales_activity.api.milestones.act")(
				name, "Save", answers={row["fieldname"]: row["value"] for row in rows}
			),
			"Data Import": lambda rows: self._import(name, rows),
		}

	def _import(self, name: str, rows: list[dict]) -> None:
		"""What Data Import does with the rows of a file, without its commits. The DocType offers no imports, but that
		is a setting."""
		lines = [["ID", "answers.fieldname", "answers.value"]]
		lines += [
			[name if not number else "", row["fieldname"], row["value"]] for number, row in enumerate(rows)
		]
		content = StringIO()
		csv.writer(content).writerows(lines)
		user = frappe.session.user
		file = self.file(content.getvalue(), user, file_name="answers.csv")
		frappe.set_user(user)
		importer = Importer("Sales Milestone", file_path=file.file_url, import_type="Update Existing Records")
		(payload,) = importer.import_file.get_payloads_for_import()
		self.assertEqual([row.fieldname for row in payload.doc.answers], [row["fieldname"] for row in rows])
		importer.process_doc(payload.doc)

	def _bulk(self, name: str, rows: list[dict]) -> None:
		failed = client.bulk_update(
			json.dumps([{"doctype": "Sales Milestone", "docname": name, "answers": rows}])
		)
		if failed["failed_docs"]:
			raise BadAnswersError(failed["failed_docs"][0]["exc"])

	def test_bad_answers(self) -> None:
		self.answer({"data": "Asha"})
		for way in self.ways():
			for fieldname, value in (
				("int", "twelve"),
				("date", "2026-02-30"),
				("select", "Perhaps"),
				("text", "x" * 100_000),
				("data", "<script>alert(1)</script>"),
				("nonsense", "1"),
			):
				with self.subTest(way=way, fieldname=fieldname):
					frappe.set_user(CALLER)
					before = self.stored()
					rows = [{"fieldname": "percent", "value": "5"}, {"fieldname": fieldname, "value": value}]
					self.refuse(self.ways()[way], rows, error=BadAnswersError)
					self.assertEqual(self.stored(), before)

	def test_good_answers(self) -> None:
		for number, way in enumerate(self.ways()):
			frappe.set_user(CALLER)
			self.ways()[way]([{"fieldname": "int", "value": number + 1}])
			self.assertEqual(self.values(), {"int": str(number + 1)}, way)


class TestNothingIsLost(AnswerCase):
	"""Random people answer randomly, well and badly, in random parts; a dict keeps what must be there."""

	HISTORIES, STEPS = 12, 14

	def test_random_histories(self) -> None:
		for seed in range(self.HISTORIES):
			with self.subTest(seed=seed):
				self.project = self.started(PROCESS)
				self._history(random.Random(seed))

	def _history(self, chance: random.Random) -> None:
		kept: dict[str, str] = {}
		for _step in range(self.STEPS):
			given, fits = self._some_answers(chance)
			if fits:
				self._answer_in_part(chance, given)
				kept.update({name: SENT[name][1] for name, value in given.items() if value})
				for name in [name for name, value in given.items() if not value]:
					kept.pop(name, None)
			else:
				self.refuse_answers(given)
			self.assertEqual(self.values(), kept)
		if "data" not in kept:
			self.answer({"data": "Asha"})
			kept["data"] = "Asha"
		self.achieve("Call", CALLER)
		for _step in range(3):
			given, _fits = self._some_answers(chance)
			changes = {name: value for name, value in given.items() if (value or kept.get(name))}
			if any(SENT[name][1] != kept.get(name) or not value for name, value in changes.items()):
				self.refuse(self.answer, given, error=(AnswersLockedError, BadAnswersError))
		frappe.set_user("Administrator")
		self.assertEqual(self.values(), kept)
		known = answers.known_so_far(self.project.name, 4)
		self.assertEqual({one.fieldname: one.raw for one in known}, kept)

	def _some_answers(self, chance: random.Random) -> tuple[dict[str, object], bool]:
		"""Some answers to some questions, and whether all of them fit."""
		names = chance.sample(list(SENT), chance.randint(1, 4))
		given: dict[str, object] = {name: SENT[name][0] for name in names if chance.random() < 0.8}
		given.update({name: "" for name in names if name not in given})
		if chance.random() < 0.3:
			bad = chance.choice(
				["int", "float", "currency", "date", "datetime", "check", "select", "duration"]
			)
			types = {
				"int": "Int",
				"float": "Float",
				"currency": "Currency",
				"date": "Date",
				"datetime": "Datetime",
			}
			types.update({"check": "Check", "select": "Select", "duration": "Duration"})
			given[bad] = chance.choice(BAD[types[bad]])
			return given, False
		return given, True

	def _answer_in_part(self, chance: random.Random, given: Mapping[str, object]) -> None:
		"""With the rows that stand there, or without them, as REST may send it."""
		if chance.random() < 0.5:
			self.answer(given)
			return
		frappe.set_user(CALLER)
		doc = self.call()
		doc.set("answers", [{"fieldname": name, "value": value} for name, value in given.items()])
		doc.save()
