"""Installing, upgrading and uninstalling the app on a site of its own, with Frappe's own commands."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dev.tool import frappe_cli, paths, site, stamps
from dev.tool.steps import Failure

SITE = f"install-{os.environ.get('SA_SITE', 'test.localhost')}"
HERE = Path(__file__).parent
APP = "sales_activity"

pytestmark = pytest.mark.skipif(
	"SA_BENCH" not in os.environ, reason="needs a bench: run `make test`, which sets SA_BENCH"
)


@pytest.fixture(scope="module")
def bench() -> Iterator[paths.Bench]:
	"""The bench under test, with a site that has ERPNext but not the app."""
	bench = paths.Bench(Path(os.environ["SA_BENCH"]))
	kind = site.STANDIN if "stand-in" in os.environ["SA_ENGINE"] else site.REAL
	with stamps.lock("new-site"):  # Frappe makes one at a time
		site.create_bare(bench, SITE, kind)
	yield bench
	site.drop(bench, SITE)


def run(bench: paths.Bench, *arguments: str) -> None:
	"""Run `bench --site SITE <arguments>`; raises Failure with the end of its output."""
	frappe_cli.run(bench, SITE, *arguments, log=f"test-install-{arguments[0]}")


def python(bench: paths.Bench, script: str) -> str:
	"""Run Python with the site open as Administrator; commits; returns what it printed."""
	opening = f"import frappe; frappe.init(site={SITE!r}); frappe.connect(); "
	done = subprocess.run(
		[bench.python, "-c", f"{opening}\n{script}\nfrappe.db.commit()"],
		cwd=bench.sites,
		env={**os.environ, **frappe_cli.environment(bench)},
		capture_output=True,
		text=True,
		check=False,
	)
	assert done.returncode == 0, done.stderr
	return done.stdout


def use(bench: paths.Bench, script: str, *arguments: str) -> None:
	"""Run one of the helper scripts beside this file on the site."""
	frappe_cli.run_script(bench, HERE / script, SITE, *arguments, log=f"test-install-{script}")


def snapshot(bench: paths.Bench, file: Path) -> dict:
	"""Return everything that the site's database holds."""
	use(bench, "site_snapshot.py", str(file))
	return json.loads(file.read_text())


def differences(before: dict, after: dict) -> list[str]:
	"""Say, a line each, in which tables, columns and rows two snapshots differ."""
	found = [f"table {name}" for name in sorted(before.keys() ^ after.keys())]
	for table in sorted(before.keys() & after.keys()):
		old, new = before[table], after[table]
		found += [f"{table}: column {name}" for name in {*old["columns"]} ^ {*new["columns"]}]
		for key in sorted(old["rows"].keys() | new["rows"].keys()):
			if old["rows"].get(key) != new["rows"].get(key):
				found.append(f"{table}: row {key}: {old['rows'].get(key)} became {new['rows'].get(key)}")
	return [line for line in found if not _is_time_of_change(line)]


def _is_time_of_change(line: str) -> bool:
	return line.startswith("tabSingles: row ") and ".modified" in line.split(": ")[1]


def test_a_site_that_lacks_something_is_refused_and_unchanged(bench: paths.Bench, tmp_path: Path) -> None:
	field = "parent = 'Quotation Item' and fieldname = 'base_net_amount'"
	python(
		bench,
		f"frappe.db.sql(\"update tabDocField set fieldname = 'gone' where {field}\"); frappe.clear_cache()",
	)
	before = snapshot(bench, tmp_path / "before")
	with pytest.raises(Failure) as refusal:
		run(bench, "install-app", APP)
	log = (paths.LOGS / "test-install-install-app.log").read_text()
	assert "base_net_amount" in log and "Quotation Item" in log, refusal.value
	assert "version found" in log
	assert not differences(before, snapshot(bench, tmp_path / "after"))
	restored = "parent = 'Quotation Item' and fieldname = 'gone'"
	script = f"update tabDocField set fieldname = 'base_net_amount' where {restored}"
	python(bench, f'frappe.db.sql("{script}"); frappe.clear_cache()')


def test_installed_and_uninstalled_nothing_is_left(bench: paths.Bench, tmp_path: Path) -> None:
	before = snapshot(bench, tmp_path / "before")
	run(bench, "install-app", APP)
	run(bench, "uninstall-app", APP, "--yes", "--no-backup")
	assert not differences(before, snapshot(bench, tmp_path / "after"))


def test_used_and_uninstalled_nothing_of_ours_is_left(bench: paths.Bench, tmp_path: Path) -> None:
	"""ERPNext's own documents stay, without a trace of the app in any row of any table."""
	before = snapshot(bench, tmp_path / "before")
	columns = {name: table["columns"] for name, table in before.items()}
	run(bench, "install-app", APP)
	use(bench, "used_site.py")
	run(bench, "uninstall-app", APP, "--yes", "--no-backup")
	after = snapshot(bench, tmp_path / "after")
	assert {name: table["columns"] for name, table in after.items()} == columns
	assert after["tabSales Order"]["rows"], "the orders are the user's and stay"
	assert _traces(after) == _traces(before), "ERPNext uses some of our words too"


OURS = (
	*("Sales Project", "Sales Target", "Sales Credit Entry", "Sales Credit Month", "Sales Credit Repost"),
	*(
		"Sales Order Credit",
		"Sales Role",
		"Sales Milestone",
		"Sales Process",
		"Lead Nurture",
		"Lead Qualifier",
		"Area Manager",
		"Sales Expense ",  # "Sales Expenses" is an account of ERPNext
		"Nurture Response",
		"Sales Activity",
		"Sales Operations",
		"sales_activity",
		"SPRJ-",
		"STGT-",
		"SCRP-",
		"SEC-",
	),
)


def _traces(tables: dict) -> list[str]:
	return [
		f"{table} {key}: {word}"
		for table, content in tables.items()
		for key, row in content["rows"].items()
		for word in OURS
		if any(word in value for value in row.values())
	]


def test_a_migrate_leaves_the_admins_records_alone(bench: paths.Bench) -> None:
	run(bench, "install-app", APP)
	edit = """
workflow = frappe.get_doc("Workflow", "Sales Target")
workflow.states[1].allow_edit = "Sales Manager"
workflow.save()
frappe.delete_doc("Sales Process", "Solution Sale")
frappe.delete_doc("Sales Role", "Tele-sales")
frappe.db.set_value("Sales Role", "Design Consultant", "description", "Ours now")
"""
	python(bench, edit)
	run(bench, "migrate", "--skip-search-index")
	look = """
print(frappe.get_doc("Workflow", "Sales Target").states[1].allow_edit)
print(frappe.db.exists("Sales Role", "Tele-sales"))
print(frappe.db.get_value("Sales Role", "Design Consultant", "description"))
"""
	assert python(bench, look).splitlines() == ["Sales Manager", "None", "Ours now"]


# the team of each order as it was before 2026-11-22: rows of a child table, of drafts too
CHILD_TABLE = """
frappe.db.sql_ddl("alter table `tabSales Order Credit` add column parent varchar(140), add index parent (parent)")
frappe.db.sql_ddl("alter table `tabSales Order Credit` add column parenttype varchar(140)")
frappe.db.sql_ddl("alter table `tabSales Order Credit` add column parentfield varchar(140)")
frappe.db.sql("update `tabSales Order Credit` set parent = sales_order, docstatus = 1")
frappe.db.sql_ddl("alter table `tabSales Order Credit` drop column sales_order")
draft = frappe.copy_doc(frappe.get_last_doc("Sales Order")).insert()
frappe.db.sql("insert into `tabSales Order Credit` (name, parent) values ('of a draft', %s)", draft.name)
frappe.db.set_value("DocType", "Sales Order Credit", {"istable": 1, "migration_hash": None})
frappe.db.delete("Custom Field", {"dt": "Sales Order", "fieldname": "credited_team"})
values = {"dt": "Sales Order", "fieldname": "credit_team", "fieldtype": "Table", "options": "Sales Order Credit"}
frappe.get_doc({"doctype": "Custom Field", "name": "Sales Order-credit_team", **values}).db_insert()
frappe.db.delete("Patch Log", {"patch": ["like", "%credited_team_beside_order%"]})
frappe.clear_cache()
"""
KEPT_TEAMS = """
import json
from sales_activity.sales_activity.credit import reconcile
from sales_activity.tests.factories import COMPANY
fields = ["sales_order", "sales_person", "sales_role", "credit_percent", "docstatus"]
print(json.dumps({
	"rows": frappe.get_all("Sales Order Credit", fields=fields, order_by="sales_order, idx"),
	"columns": sorted(frappe.db.get_table_columns("Sales Order Credit")),
	"fields": frappe.get_all("Custom Field", {"dt": "Sales Order"}, pluck="fieldname", order_by="fieldname"),
	"indexes": sorted({row[2] for row in frappe.db.sql("show index from `tabSales Order Credit`")}),
	"differences": reconcile.differences(COMPANY),
}))
"""


def test_orders_of_the_first_state_keep_their_teams(bench: paths.Bench) -> None:
	run(bench, "install-app", APP)
	use(bench, "used_site.py")
	before = json.loads(python(bench, KEPT_TEAMS))
	assert before["rows"] and not before["differences"]
	python(bench, CHILD_TABLE)
	run(bench, "migrate", "--skip-search-index")
	assert json.loads(python(bench, KEPT_TEAMS)) == before
