"""Masters, made the same way on ERPNext 15, 16 and the stand-in; for the demo data and for tests.

A builder makes its record once and returns the name of the one that is already there. Call `masters()` first: a
site whose set-up wizard never ran has no groups, units, price lists or fiscal years.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date

import frappe
from frappe.model.document import Document
from frappe.utils import add_days, add_years, getdate

from sales_activity import compat

COMPANY, ABBR = "Solution House", "SH"
CURRENCY, COUNTRY = "INR", "India"
UOM, BOX = "Nos", "Box"
ROOTS = {
	"Item Group": "All Item Groups",
	"Territory": "All Territories",
	"Customer Group": "All Customer Groups",
	"Sales Person": "Sales Team",
}
YEARS_BACK, YEARS_AHEAD = 3, 3
MONTHS = (
	"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December",
)  # fmt: skip

Day = "Date | str | None"


def masters() -> None:
	"""What every test stands on: the groundwork, settings as after the wizard, fiscal years, a company."""
	groundwork()
	for year in range(getdate().year - YEARS_BACK, getdate().year + YEARS_AHEAD + 1):
		fiscal_year(year)
	company()
	price_list(CURRENCY)
	selling_settings()


def groundwork() -> None:
	"""What the set-up wizard leaves and documents need: roots of the trees, units, genders, a few types."""
	for doctype, name in ROOTS.items():
		root(doctype, name)
	for name in (UOM, BOX):
		uom(name)
	for name in ("Female", "Male"):
		make_once("Gender", name, gender=name)
	make_once("Warehouse Type", "Transit", name="Transit")
	make_once("Opportunity Type", "Sales", name="Sales")
	sales_stage("Prospecting")


def make_once(doctype: str, name: str, /, **values: object) -> str:
	"""Insert the record unless one of this name is there; returns its name."""
	if frappe.db.exists(doctype, name):
		return name
	return make(doctype, **values).name


def make(doctype: str, /, **values: object) -> Document:
	"""Insert a record as Administrator would, whoever the test runs as."""
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.flags.ignore_permissions = True
	return doc.insert()


def root(doctype: str, name: str) -> str:
	"""The root of a tree: the one that is there, else a new one of this name."""
	parent = f"parent_{frappe.scrub(doctype)}"
	existing = frappe.get_all(
		doctype,
		{parent: ("in", ["", None]), "is_group": 1},
		pluck="name",
		order_by="lft",
		limit_page_length=1,
	)
	if existing:
		return existing[0]
	doc = frappe.get_doc({"doctype": doctype, f"{frappe.scrub(doctype)}_name": name, "is_group": 1})
	doc.flags.ignore_permissions = doc.flags.ignore_mandatory = True
	return doc.insert().name


def uom(name: str, whole: bool = False) -> str:
	"""A unit; halves are allowed unless `whole`."""
	return make_once("UOM", name, uom_name=name, must_be_whole_number=int(whole))


def fiscal_year(year: int, first_month: int = 1, companies: Iterable[str] = ()) -> str:
	"""The fiscal year that begins in this month of the calendar year, of some companies or of all."""
	first = Date(year, first_month, 1)
	inside = {"year_start_date": ("<=", first), "year_end_date": (">=", first), "disabled": 0}
	if not companies and frappe.db.exists("Fiscal Year", inside):
		return frappe.db.get_value("Fiscal Year", inside)
	last = add_days(add_years(first, 1), -1)
	name = _year_name(first)
	return make_once(
		"Fiscal Year",
		name,
		year=name,
		year_start_date=first,
		year_end_date=last,
		companies=[{"company": c} for c in companies],
	)


def fiscal_year_at(day: Date, of_company: str) -> str:
	"""The company's fiscal year that holds the day; a missing one begins in the month that the others do."""
	holding = {"disabled": 0, "year_start_date": ("<=", day), "year_end_date": (">=", day)}
	for name in frappe.get_all("Fiscal Year", holding, pluck="name"):
		members = frappe.get_all("Fiscal Year Company", {"parent": name}, pluck="company")
		if not members or of_company in members:
			return name
	starts = frappe.get_all("Fiscal Year", {"disabled": 0}, pluck="year_start_date", limit_page_length=1)
	first_month = starts[0].month if starts else 1
	first = Date(day.year if day.month >= first_month else day.year - 1, first_month, 1)
	# limited to the company: years of all companies may not overlap with anybody's
	limited = bool(frappe.db.count("Fiscal Year Company"))
	return make(
		"Fiscal Year",
		year=f"{first.year} {of_company}" if limited else _year_name(first),
		year_start_date=first,
		year_end_date=add_days(add_years(first, 1), -1),
		companies=[{"company": of_company}] if limited else [],
	).name


def _year_name(first: Date) -> str:
	return str(first.year) if first.month == 1 else f"{first.year}-{first.year + 1}"


def company(
	name: str = COMPANY, abbr: str | None = None, currency: str = CURRENCY, parent: str | None = None
) -> str:
	"""A company with its accounts, cost centre and warehouses. Takes about a second on real ERPNext."""
	if frappe.db.exists("Company", name):
		return name
	if parent:
		frappe.db.set_value("Company", parent, "is_group", 1)
	values = {
		"company_name": name,
		"abbr": abbr or "".join(word[0] for word in name.split()).upper(),
		"default_currency": currency,
		"country": COUNTRY,
		"create_chart_of_accounts_based_on": "Standard Template",
		"chart_of_accounts": "Standard",
		"parent_company": parent,
	}
	# A child company's accounts are copies of its parent's: not wanted where currencies differ.
	frappe.local.flags.ignore_root_company_validation = True
	return make("Company", **values).name


def warehouse(of_company: str = COMPANY) -> str:
	"""The company's "Stores"."""
	return frappe.db.get_value(
		"Warehouse", {"company": of_company, "warehouse_name": "Stores", "is_group": 0}
	)


def receivable(of_company: str, currency: str) -> str:
	"""The account that an invoice in this currency needs: the company's own, or one in that currency."""
	default = frappe.get_doc(
		"Account", frappe.db.get_value("Company", of_company, "default_receivable_account")
	)
	if default.account_currency == currency:
		return default.name
	wanted = {"company": of_company, "account_type": "Receivable", "account_currency": currency}
	existing = frappe.db.get_value("Account", {**wanted, "is_group": 0})
	values = {"account_name": f"Debtors {currency}", "parent_account": default.parent_account, **wanted}
	return existing or make("Account", **values).name


def price_list(currency: str = CURRENCY) -> str:
	"""A selling price list in the currency; it lists no prices."""
	name = f"Selling {currency}"
	frappe.db.set_value("Currency", currency, "enabled", 1)
	return make_once(
		"Price List", name, price_list_name=name, currency=currency, selling=1, buying=0, enabled=1
	)


def selling_settings() -> None:
	"""As the set-up wizard leaves them: customers named by their name, an item on several lines."""
	settings = frappe.get_single("Selling Settings")
	wanted = {
		"cust_master_name": "Customer Name",
		"allow_multiple_items": 1,
		"sales_update_frequency": "Each Transaction",
		"selling_price_list": price_list(),
		"so_required": "No",
		"dn_required": "No",
	}
	if all(settings.get(field) == value for field, value in wanted.items()):
		return
	settings.update(wanted)
	settings.flags.ignore_permissions = True
	settings.save()


def exchange_rate(from_currency: str, to_currency: str, rate: float, on: Day = None) -> str:
	"""How many `to_currency` one `from_currency` buys from this day on."""
	on = str(getdate(on))
	filters = {"from_currency": from_currency, "to_currency": to_currency, "date": on}
	existing = frappe.db.get_value("Currency Exchange", filters)
	if existing:
		frappe.db.set_value("Currency Exchange", existing, "exchange_rate", rate)
		return existing
	return make("Currency Exchange", **filters, exchange_rate=rate, for_selling=1, for_buying=1).name


def item_group(name: str, parent: str | None = None, is_group: bool = False) -> str:
	"""An item group below `parent`, or below the root."""
	return _branch("Item Group", name, parent, is_group)


def territory(name: str, parent: str | None = None, is_group: bool = False) -> str:
	"""A territory below `parent`, or below the root."""
	return _branch("Territory", name, parent, is_group)


def customer_group(name: str = "Commercial", parent: str | None = None, is_group: bool = False) -> str:
	"""A customer group below `parent`, or below the root."""
	return _branch("Customer Group", name, parent, is_group)


def _branch(doctype: str, name: str, parent: str | None, is_group: bool, **values: object) -> str:
	if frappe.db.exists(doctype, name):
		return name
	field = frappe.scrub(doctype)
	values[f"{field}_name"] = name
	values[f"parent_{field}"] = parent or root(doctype, ROOTS[doctype])
	return make(doctype, **values, is_group=int(is_group)).name


def item(code: str, group: str | None = None, boxes_of: int = 0, **values: object) -> str:
	"""A service: sold and delivered without stock, in Nos, and if wanted in a Box of so many."""
	units = [{"uom": BOX, "conversion_factor": boxes_of}] if boxes_of else []
	name = values.pop("item_name", code)
	# where items are named by a series, the code given is not the one that the item gets
	existing = frappe.db.exists("Item", code) or frappe.db.get_value("Item", {"item_name": name})
	if existing:
		return existing
	return make(
		"Item",
		item_code=code,
		item_name=name,
		item_group=group or item_group("Products"),
		stock_uom=UOM,
		is_stock_item=0,
		is_sales_item=1,
		uoms=units,
		**values,
	).name


def customer(name: str = "Acme Hospitals", **values: object) -> str:
	"""A customer; `territory`, `customer_group`, `sales_team`... as given."""
	defaults = {
		"customer_type": "Company",
		"customer_group": customer_group(),
		"territory": territory("India"),
	}
	existing = frappe.db.get_value("Customer", {"customer_name": name})
	return existing or make("Customer", customer_name=name, **{**defaults, **values}).name


def lead(name: str = "Meera Iyer", **values: object) -> str:
	"""A lead of this person, or with `company_name` of an organisation."""
	filters = {"lead_name": name, **{k: v for k, v in values.items() if k == "company_name"}}
	existing = frappe.db.get_value("Lead", filters)
	return existing or make("Lead", first_name=name, **{"company": COMPANY, **values}).name


def prospect(name: str = "Sunrise Clinics", **values: object) -> str:
	"""A prospect."""
	return make_once("Prospect", name, company_name=name, **{"company": COMPANY, **values})


def lead_source(name: str) -> str:
	"""Where a lead may come from."""
	return _origin("source", name)


def campaign(name: str) -> str:
	"""What a lead may be won by."""
	return _origin("campaign", name)


def origin(kind: str) -> tuple[str, str]:
	"""The DocType of a Lead's ``source`` or ``campaign``, and the field that it is called by: Lead Source and Campaign,
	from ERPNext 16 on UTM Source and UTM Campaign."""
	doctype = compat.lead_origin_doctypes()[kind]
	titled = f"{kind}_name"
	return doctype, titled if frappe.get_meta(doctype).has_field(titled) else "name"


def _origin(kind: str, name: str) -> str:
	doctype, titled = origin(kind)
	return frappe.db.get_value(doctype, {titled: name}) or make(doctype, **{titled: name}).name


def sales_stage(name: str) -> str:
	"""A sales stage."""
	return make_once("Sales Stage", name, stage_name=name)


def user(email: str, *roles: str, first_name: str | None = None, last_name: str | None = None) -> str:
	"""A system user with just these roles; those it has from before are replaced."""
	if not frappe.db.exists("User", email):
		doc = frappe.get_doc(
			{
				"doctype": "User",
				"email": email,
				"first_name": first_name or email.split("@")[0].title(),
				"last_name": last_name,
				"user_type": "System User",
				"send_welcome_email": 0,
				"roles": [{"role": role} for role in roles],
			}
		)
		doc.flags.ignore_permissions = doc.flags.no_welcome_mail = True
		return doc.insert().name
	doc = frappe.get_doc("User", email)
	if {row.role for row in doc.roles} - {"Employee"} != set(roles) - {"Employee"}:
		doc.set("roles", [{"role": role} for role in roles])
		doc.flags.ignore_permissions = True
		doc.save()
	return email


def employee(for_user: str | None = None, first_name: str = "Asha", **values: object) -> str:
	"""An employee, of the user if given; ERPNext then gives the user the role Employee.

	No User Permissions are made, unless `create_user_permission=1`.
	"""
	existing = for_user and frappe.db.get_value("Employee", {"user_id": for_user})
	if existing:
		return existing
	defaults = {
		"company": COMPANY,
		"gender": "Female",
		"date_of_birth": "1990-01-01",
		"date_of_joining": "2020-01-01",
		"status": "Active",
		"create_user_permission": 0,
	}
	return make("Employee", first_name=first_name, user_id=for_user, **{**defaults, **values}).name


def sales_person(
	name: str,
	parent: str | None = None,
	of_user: str | None = None,
	is_group: bool = False,
	enabled: bool = True,
	of_company: str = COMPANY,
	**values: object,
) -> str:
	"""A sales person below `parent`, or below the root; `of_user` gets an Employee in between."""
	values["enabled"] = int(enabled)
	if of_user and not frappe.db.exists("Sales Person", name):
		values["employee"] = employee(of_user, first_name=name, company=of_company)
	return _branch("Sales Person", name, parent, is_group, **values)


def monthly_distribution(name: str, percents: dict[str, float] | None = None, year: str | None = None) -> str:
	"""A distribution by month name, the months left out at 0; without `percents` twelve equal months."""
	shares = percents or dict.fromkeys(MONTHS, 100 / 12)
	rows = [{"month": month, "percentage_allocation": shares.get(month, 0)} for month in MONTHS]
	return make_once("Monthly Distribution", name, distribution_id=name, fiscal_year=year, percentages=rows)
