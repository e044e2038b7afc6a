"""Everything that a site's database holds, as a JSON file. Runs with the bench's Python in `sites/`.

	site_snapshot.py SITE FILE

The file maps each table to its columns and its rows by name. Times of change are left out, and tables where
Frappe logs by itself.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import frappe

VOLATILE_COLUMNS = {"creation", "modified", "modified_by"}
# what Frappe itself writes while apps come and go, whatever the app
LOGS = {
	"tabError Log",
	"tabInstalled Application",  # rewritten, with new names, at every install
	"tabPermission Log",  # 16: who changed whose permissions, kept for audits
	"tabScheduled Job Log",
	"tabVersion",  # of Installed Applications
	"__global_search",
}


def tables() -> dict[str, dict]:
	"""Return every table's columns and rows."""
	names = frappe.db.sql_list(
		"select table_name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'"
	)
	return {name: _table(name) for name in sorted(names) if name not in LOGS}


def _table(name: str) -> dict:
	columns = frappe.db.sql_list(
		"select column_name from information_schema.columns where table_schema = database() and table_name = %s",
		name,
	)
	rows = frappe.db.sql(f"select * from `{name}`", as_dict=True)
	renamed = {"name"} if name == "tabDefaultValue" else set()
	kept = sorted(set(columns) - VOLATILE_COLUMNS - renamed)
	contents = {
		_key(name, row, number): {column: str(row[column]) for column in kept}
		for number, row in enumerate(rows)
	}
	return {"columns": sorted(columns), "rows": contents}


def _key(table: str, row: dict, number: int) -> str:
	if table == "tabSingles":
		return f"{row['doctype']}.{row['field']}"
	if table == "tabDefaultValue":  # rewritten with new names
		return f"{row['parent']}.{row['defkey']}"
	return str(row.get("name", number))


def main(site: str, file: str) -> None:
	"""Write the snapshot of a site."""
	frappe.init(site=site)
	frappe.connect()
	Path(file).write_text(json.dumps(tables()))
	frappe.destroy()


if __name__ == "__main__":
	main(*sys.argv[1:])
