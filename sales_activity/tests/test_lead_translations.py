"""The desk of leads and programs in German: every text of its scripts, every state and action, every label and help."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path
from unittest import TestCase

PACKAGE = Path(__file__).parents[1]
DOCTYPES = (
	*("lead_nurture", "universal_lead_definition", "lead_criterion", "lead_answer", "lead_move"),
	*("lead_routing_rule", "lead_routing_person", "response_type", "nurture_response"),
	*("nurture_program", "nurture_program_step", "nurture_program_rule"),
	*("program_enrolment", "program_step_run"),
)
SCRIPTS = PACKAGE / "public" / "js"
PLACES = re.compile(r"\{+ ?\w+ ?\}+")
# texts that Frappe or ERPNext translate in the sense that we need
THEIRS = frozenset(
	{
		*(
			"Actions",
			"Active",
			"Amended From",
			"API",
			"About",
			"Assign",
			"At",
			"By",
			"On",
			"Call",
			"Campaign",
		),
		*("Channel", "Company", "Completed", "Connections", "Day", "Description", "Desk", "Details"),
		*("Disabled", "Draft", "Email Account", "Email Queue", "Email Template", "ERPNext", "Failed", "From"),
		*("Idempotency Key", "Introduction", "Link", "List", "Mandatory", "Message-Id", "New", "Opportunity"),
		*("Other", "Page", "Phone", "Points", "Priority", "Reference", "Reference DocType", "Response Type"),
		*("Rule", "Run", "Sales Person", "Sales Project", "Sent", "Source", "Start", "Status", "Step"),
		*("Steps", "Stopped", "Territory", "Title", "To", "ToDo", "User", "Value", "Version", "Web Form"),
		*("Unsubscribe", "Reply", "Question", "Item Group", "Answers saved", "Expected"),
	}
)


def german() -> dict[str, str]:
	"""Text > what it is in German."""
	with open(PACKAGE / "translations" / "de.csv", newline="") as file:
		return {row[0]: row[1] for row in csv.reader(file)}


def of_scripts(scripts: Iterable[Path], doctypes: Iterable[str]) -> set[str]:
	"""What scripts say, those of DocTypes too."""
	folder = PACKAGE / "sales_activity" / "doctype"
	files = [*scripts, *(file for name in doctypes for file in (folder / name).glob("*.js"))]
	found = {text for file in files for text in re.findall(r'__\(\s*"([^"]+)"', file.read_text())}
	assert len(found) > 50
	return found


def of_doctypes(doctypes: Iterable[str]) -> set[str]:
	"""Names, labels and helps of what people see."""
	found = set()
	for name in doctypes:
		doctype = json.loads((PACKAGE / "sales_activity" / "doctype" / name / f"{name}.json").read_text())
		found.add(doctype["name"])
		for field in doctype["fields"]:
			if not field.get("hidden"):
				found |= {field.get("label"), field.get("description")}
	return found - {None}


def of_workflow(name: str) -> set[str]:
	"""States and actions."""
	workflow = json.loads((PACKAGE / "sales_activity" / "workflows" / f"{name}.json").read_text())
	return {row["state"] for row in workflow["states"]} | {row["action"] for row in workflow["transitions"]}


class GermanCase(TestCase):
	def check(self, texts: set[str]) -> None:
		"""Every text has a German one, with the same places."""
		known = german()
		for text in sorted(texts - THEIRS):
			with self.subTest(text):
				self.assertTrue(text in known, "no German for it")
				self.assertEqual(sorted(PLACES.findall(text)), sorted(PLACES.findall(known[text])))


class TestGerman(GermanCase):
	def test_every_text_has_one_with_the_same_places(self) -> None:
		scripts = [*SCRIPTS.joinpath("leads").glob("*.js"), SCRIPTS / "lead.js"]
		self.check(of_scripts(scripts, DOCTYPES) | of_doctypes(DOCTYPES) | of_workflow("lead_nurture"))
