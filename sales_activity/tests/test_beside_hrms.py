"""Beside HRMS on one site: no name of ours is one of its, and nothing of ours reaches into its records."""

from __future__ import annotations

import ast
import importlib.util
import json
import unittest
from collections.abc import Iterator
from pathlib import Path

import frappe
from frappe.model.document import Document
from frappe.utils import today

from sales_activity import hooks
from sales_activity.sales_activity.expenses import records
from sales_activity.tests import expense_books as books
from sales_activity.tests import expense_house as house
from sales_activity.tests import factories
from sales_activity.tests.expense_books import ADVANCES, PAYABLE, PURSE, TRAVEL, named
from sales_activity.tests.expense_house import ANITA, COMPANY, ESHA, act, fresh
from sales_activity.tests.test_expense_posting import BookCase

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


class TestOnOneSite(BookCase):
	"""Both apps work for the same employee, on the same accounts, and neither disturbs the other."""

	@classmethod
	def setUpClass(cls) -> None:
		if "hrms" not in frappe.get_installed_apps():
			raise unittest.SkipTest("HRMS is not installed on this site")
		super().setUpClass()
		company = frappe.get_doc("Company", COMPANY)
		company.update(
			{"default_employee_advance_account": named(ADVANCES), "default_cash_account": named(PURSE)}
		)
		company.flags.ignore_mandatory = True
		company.save()
		accounts = [{"company": COMPANY, "default_account": named(TRAVEL)}]
		factories.make_once("Expense Claim Type", "House Trip", expense_type="House Trip", accounts=accounts)

	def setUp(self) -> None:
		super().setUp()
		self.employee = house.employee(ESHA)

	# --- what HRMS does --------------------------------------------------------------------------------------

	def advance(self, amount: float, by: str = "Journal Entry") -> Document:
		"""An advance of HRMS, asked for and paid."""
		doc = factories.make(
			"Employee Advance",
			employee=self.employee,
			company=COMPANY,
			purpose="A visit",
			posting_date=today(),
			currency=factories.CURRENCY,
			exchange_rate=1,
			advance_amount=amount,
			advance_account=named(ADVANCES),
		)
		doc.submit()
		self.pay(doc, by)
		return doc.reload()

	def claim_of_hrms(self, amount: float, advance: Document | None = None) -> Document:
		"""A claim of HRMS, approved and submitted; ``advance``: set off in it."""
		row = {"expense_date": today(), "expense_type": "House Trip", "amount": amount}
		row.update(
			sanctioned_amount=amount, cost_center=frappe.get_cached_value("Company", COMPANY, "cost_center")
		)
		doc = frappe.new_doc("Expense Claim")
		doc.update({"employee": self.employee, "company": COMPANY, "posting_date": today()})
		doc.update({"payable_account": named(PAYABLE), "approval_status": "Approved"})
		doc.append("expenses", row)
		if advance:
			doc.append(
				"advances",
				{"employee_advance": advance.name, "allocated_amount": min(amount, advance.paid_amount)},
			)
		doc.insert()
		factories.make(
			"File",
			file_name="bill.txt",
			content="Theirs",
			attached_to_doctype=doc.doctype,
			attached_to_name=doc.name,
		)
		return doc.submit() or doc

	def pay(self, doc: Document, by: str) -> Document:
		"""Pay an advance or a claim of HRMS, as its buttons do."""
		if by == "Payment Entry":
			make = frappe.get_attr("hrms.overrides.employee_payment_entry.get_payment_entry_for_employee")
			entry = make(doc.doctype, doc.name)
			entry.update({"reference_no": "1", "reference_date": today()})
		else:
			module = f"hrms.hr.doctype.{frappe.scrub(doc.doctype)}.{frappe.scrub(doc.doctype)}"
			entry = frappe.get_doc(frappe.get_attr(f"{module}.make_bank_entry")(doc.doctype, doc.name))
			entry.update({"posting_date": today(), "cheque_no": "1", "cheque_date": today()})
		entry.insert()
		return entry.submit() or entry

	def give_back(self, advance: Document, amount: float) -> None:
		make = frappe.get_attr("hrms.hr.doctype.employee_advance.employee_advance.make_return_entry")
		entry = make(*(self.employee, COMPANY, advance.name, amount, named(ADVANCES), factories.CURRENCY, 1))
		frappe.get_doc(entry).insert().submit()

	def ours(self) -> list:
		"""All that our claims say."""
		names = frappe.get_all(records.CLAIM, pluck="name", order_by="name", limit=0)
		moves = frappe.get_all("Expense Move", pluck="name", order_by="name", limit=0)
		return [*(fresh(name).as_dict() for name in names), moves]

	# --- tests -----------------------------------------------------------------------------------------------

	def test_an_advance_of_hrms_is_left_to_its_claims(self) -> None:
		for by in ("Journal Entry", "Payment Entry"):
			with self.subTest(by=by):
				advance = self.advance(80, by)
				self.assertEqual((advance.status, advance.paid_amount), ("Paid", 80))
				self.assertEqual(self.says(self.locked(100)), ("Posted", 100, 0, "Unpaid"))
				self.claim_of_hrms(80, advance)
				self.assertEqual(advance.reload().status, "Claimed")
				self.assertEqual(books.balance(ADVANCES, self.employee), 0)

	def test_its_claims_and_returns_use_up_no_advance_of_ours(self) -> None:
		own, theirs = books.advance(self.employee, 50), self.advance(80)
		self.claim_of_hrms(30, theirs)
		self.give_back(theirs, 10)
		doc = self.locked(100)
		rows = [(row.voucher_no, row.set_off_amount) for row in fresh(doc.name).advances]
		self.assertEqual(rows, [(own.name, 50)])
		theirs.reload()
		self.assertEqual((theirs.claimed_amount, theirs.return_amount), (30, 10))
		self.assertEqual(books.balance(ADVANCES, self.employee), 40)
		self.claim_of_hrms(40, theirs)
		self.assertEqual(books.balance(ADVANCES, self.employee), 0)

	def test_its_claims_go_their_way(self) -> None:
		self.locked(100)
		before = self.ours()
		for by in ("Journal Entry", "Payment Entry"):
			with self.subTest(by=by):
				claim = self.claim_of_hrms(60)
				self.assertEqual(claim.reload().status, "Unpaid")
				entry = self.pay(claim, by)
				self.assertEqual(claim.reload().status, "Paid")
				entry.cancel()
				self.assertEqual(claim.reload().status, "Unpaid")
				claim.cancel()
				self.assertEqual(books.ledger(claim.name), {})
		self.assertEqual(self.ours(), before)

	def test_ours_go_theirs(self) -> None:
		claim = self.claim_of_hrms(60)
		before = claim.reload().as_dict()
		ours = self.locked(100)
		payment = books.pay(self.employee, 100, ours.journal_entry)
		self.assertEqual(self.says(ours), ("Posted", 100, 100, "Paid"))
		payment.cancel()
		act(ours.name, "Cancel", ANITA)
		self.assertEqual(claim.reload().as_dict(), before)
		self.assertEqual(books.ledger(claim.name), {TRAVEL: 60.0, PAYABLE: -60.0})
