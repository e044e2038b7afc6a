"""The desk of expense claims in German: every text of its scripts, every state and action, every label and help."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from sales_activity.sales_activity.expenses import rules
from sales_activity.sales_activity.expenses.figures import approval, outstanding, twice
from sales_activity.sales_activity.expenses.figures.analysis import MEASURES
from sales_activity.sales_activity.expenses.figures.tags import TAGS
from sales_activity.sales_activity.report.claims_outstanding.claims_outstanding import NOBODYS
from sales_activity.tests import test_lead_translations as leads

DOCTYPES = (
	*(
		"sales_expense_claim",
		"sales_expense_line",
		"sales_expense_advance",
		"expense_move",
		"expense_stand_in",
	),
	*("sales_expense_type", "sales_expense_rate", "sales_expense_account", "expense_company_account"),
	*("expense_forwarding", "expense_forwarding_claim"),
)
MODULE = leads.PACKAGE / "sales_activity"
REPORTS = (
	*("expense_analysis", "expense_detail", "claims_outstanding", "approval_times", "duplicate_expenses"),
)
IN_PYTHON = re.compile(r'\b_\(\s*"((?:[^"\\]|\\.)*)"')
# texts that Frappe or ERPNext translate in the sense that we need
THEIRS = frozenset(
	{
		*("Account", "Amount", "Cost Center", "Currency", "Customer", "Date", "Employee", "Lead", "Print"),
		*("Journal Entry", "Exchange Rate", "Company Currency", "Refresh", "Done", "Edit", "Remove", "View"),
		*("Expense Account", "Disabled", "Enabled", "Create"),
		*("PDF", "Total", "Rate", "Cancel", "Cancelled", "Distance", "Duration", "Paid", "Payable Account"),
		*("Payment", "State", "Totals", "Valid From", "Warning", "{0}: {1}"),
		*("Campaign", "Company", "Description", "Document", "Document Type", "Employee Name", "Group By"),
		*("Monthly", "None", "Orders", "Quarterly", "Sales Person", "User", "Tag", "Territory", "Value"),
		"Sales Milestone",  # stays what it is called, as does a Sales Project
		"Sales Project",
	}
)


def said_in(file: Path) -> Iterator[str]:
	"""The texts that a Python file translates, in one piece or in several."""
	for node in ast.walk(ast.parse(file.read_text())):
		if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
			if isinstance(node.args[0], ast.Constant):
				yield node.args[0].value


class TestGerman(leads.GermanCase):
	def test_every_text_has_one_with_the_same_places(self) -> None:
		scripts = [
			*leads.SCRIPTS.joinpath("expenses").glob("*.js"),
			MODULE / "page/decide_expenses/decide_expenses.js",
		]
		texts = leads.of_scripts(scripts, DOCTYPES) | leads.of_doctypes(DOCTYPES)
		kinds = {kind.name for side in rules.SIDES.values() for kind in side.kinds}
		self.check((texts | leads.of_workflow("sales_expense_claim") | kinds) - THEIRS)

	def test_what_the_server_says(self) -> None:
		"""Refusals, warnings, the subjects of e-mails."""
		files = [
			*(MODULE / "expenses").rglob("*.py"),
			*(leads.PACKAGE / "api").glob("expense*.py"),
			*(MODULE / "doctype" / name / f"{name}.py" for name in DOCTYPES),
		]
		texts = {text for file in files for text in said_in(file)}
		self.assertGreater(len(texts), 100)
		self.check(texts - THEIRS)

	def test_reports(self) -> None:
		"""What their scripts say, what they show, and what they are called."""
		folders = [MODULE / "report" / name for name in REPORTS]
		scripts = [
			*leads.SCRIPTS.joinpath("expenses").glob("*.js"),
			*(path for folder in folders for path in folder.glob("*.js")),
		]
		texts = leads.of_scripts(scripts, DOCTYPES)
		for folder in folders:
			texts |= set(IN_PYTHON.findall(folder.joinpath(f"{folder.name}.py").read_text()))
			texts.add(json.loads(folder.joinpath(f"{folder.name}.json").read_text())["name"])
		texts |= {*outstanding.GROUPS, *outstanding.AGES, *approval.GROUPS, *twice.REASONS, *NOBODYS.values()}
		self.check((texts | set(TAGS) | set(MEASURES)) - THEIRS)

	def test_the_way_there(self) -> None:
		"""The screen, and what the workspace says of it."""
		page = json.loads((MODULE / "page/decide_expenses/decide_expenses.json").read_text())
		cards = [
			json.loads((MODULE / f"number_card/{name}/{name}.json").read_text())
			for name in ("claims_to_decide", "claims_overdue")
		]
		self.check({page["title"], *(card["label"] for card in cards)})
