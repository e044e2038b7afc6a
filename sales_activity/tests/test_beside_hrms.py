"""Beside HRMS on one site: no name of ours is one of its, and nothing of ours reaches into its records."""

from __future__ import annotations

import ast
import importlib.util
import json
import unittest
from collections.abc import Iterator
from pathlib import Path

from sales_activity import hooks

PACKAGE = Path(hooks.__file__).parent
KINDS = (
	*("doctype", "report", "workspace", "print_format", "number_card", "dashboard_chart", "notification"),
	"page",
)
# what HRMS 15 has about expenses, travel and advances (hrms/hr/doctype, report, workspace, number_card, dashboard_chart)
DOCTYPES_OF_HRMS = frozenset(
	{
		*("Expense Claim", "Expense Claim Account", "Expense Claim Advance", "Expense Claim Detail"),
		*("Expense Claim Type", "Expense Taxes and Charges", "Employee Advance", "Purpose of Travel"),
		*("Travel Itinerary", "Travel Request", "Travel Request Costing", "Vehicle Log", "Vehicle Service"),
		*("Vehicle Service Item", "HR Settings", "Payroll Entry", "Payroll Settings"),
	}
)
NAMES_OF_HRMS = DOCTYPES_OF_HRMS | {
	*("Employee Advance Summary", "Unpaid Expense Claim", "Vehicle Expenses", "Expense Claims", "HR"),
	*("Payroll", "Employee Lifecycle", "Approved Claims (This Month)", "Expense Claims (This Month)"),
	*("Rejected Claims (This Month)", "Claims by Type", "Department wise Expense Claims"),
	*("Employee Advance Status", "Expense Approver"),
}


def records_of(package: Path) -> Iterator[tuple[str, str]]:
	"""Kind and name of every record that an app ships in the folders of its modules."""
	for kind in KINDS:
		for file in package.glob(f"*/{kind}/*/*.json"):
			if file.stem == file.parent.name:
				yield kind, json.loads(file.read_text()).get("name")


class TestBesideHRMS(unittest.TestCase):
	def test_no_name_is_taken(self) -> None:
		ours = {name for _kind, name in records_of(PACKAGE)}
		self.assertIn("Sales Expense Claim", ours)
		self.assertEqual(ours & NAMES_OF_HRMS, set())
		roles = {role["name"] for role in json.loads((PACKAGE / "fixtures/role.json").read_text())}
		self.assertEqual(roles & NAMES_OF_HRMS, set())

	def test_nor_of_the_one_on_this_bench(self) -> None:
		"""All of its names, where it is there to be read."""
		found = importlib.util.find_spec("hrms")
		if not found or not found.origin:
			self.skipTest("HRMS is not on this bench")
		theirs = dict.fromkeys(records_of(Path(found.origin).parent))
		self.assertLessEqual(DOCTYPES_OF_HRMS, {name for kind, name in theirs if kind == "doctype"})
		self.assertEqual(set(records_of(PACKAGE)) & set(theirs), set())

	def test_no_event_of_its_documents_is_ours(self) -> None:
		named = set()
		for doctypes in hooks.doc_events:
			named |= {doctypes} if isinstance(doctypes, str) else set(doctypes)
		named |= {*hooks.permission_query_conditions, *hooks.has_permission, *hooks.doctype_js}
		self.assertEqual(named & DOCTYPES_OF_HRMS, set())

	def test_no_code_names_its_records(self) -> None:
		for file in PACKAGE.rglob("*.py"):
			if "tests" in file.relative_to(PACKAGE).parts:
				continue
			tree = ast.parse(file.read_text())
			said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
			self.assertEqual({text for text in said if isinstance(text, str)} & DOCTYPES_OF_HRMS, set(), file)

	def test_no_field_links_to_its_records(self) -> None:
		for file in PACKAGE.glob("*/doctype/*/*.json"):
			for field in json.loads(file.read_text()).get("fields", []):
				self.assertNotIn(field.get("options"), DOCTYPES_OF_HRMS, file)
