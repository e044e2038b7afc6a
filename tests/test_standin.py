"""The ERPNext stand-in and its contract, as the developer tool handles them: no site is needed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dev.standin import contract as contract_tool
from dev.standin import generate

ROOT = Path(__file__).resolve().parents[1]
CONTRACT = json.loads((ROOT / "sales_activity" / "erpnext_contract.json").read_text())


def make_checkout(folder: Path, version: str, fields: list[dict]) -> contract_tool.Checkout:
	"""A folder that looks like ERPNext's source, with one DocType and one function."""
	doctype = folder / "erpnext" / "selling" / "doctype" / "deal"
	doctype.mkdir(parents=True)
	(folder / "erpnext" / "__init__.py").write_text(f'__version__ = "{version}"\n')
	source = {
		"doctype": "DocType",
		"name": "Deal",
		"module": "Selling",
		"is_submittable": 1,
		"fields": fields,
		"permissions": [{"role": "Sales User", "read": 1, "write": 1}, {"role": "Guest", "read": 1}],
	}
	(doctype / "deal.json").write_text(json.dumps(source))
	(doctype / "deal.py").write_text("def make_order(source_name, target_doc=None):\n\tpass\n")
	return contract_tool.Checkout(folder)


def field(name: str, kind: str = "Data", **values: object) -> dict:
	return {"fieldname": name, "fieldtype": kind, **values}


@pytest.fixture
def checkouts(tmp_path: Path) -> list[contract_tool.Checkout]:
	"""Two versions that differ in one field, in a Select, and in a default."""
	old = [
		field("title", reqd=1, default="A"),
		field("status", "Select", options="Open\nLost"),
		field("source", "Link", options="Lead Source"),
	]
	new = [
		field("title", reqd=1, default="B"),
		field("status", "Select", options="Open\nLost\nTo Pay"),
		field("utm_source", "Link", options="UTM Source"),
	]
	return [make_checkout(tmp_path / "v15", "15.1.0", old), make_checkout(tmp_path / "v16", "16.1.0", new)]


def test_second_generation_changes_nothing_and_stale_files_go(tmp_path: Path) -> None:
	files = generate.app_files(CONTRACT)
	assert generate.write(files, tmp_path) == len(files)
	stale = tmp_path / "erpnext" / "selling" / "doctype" / "gone.py"
	stale.write_text("")
	assert generate.write(files, tmp_path) == 0
	assert not stale.exists()


def test_every_python_file_compiles() -> None:
	for path, text in generate.app_files(CONTRACT).items():
		if path.endswith(".py"):
			compile(text, path, "exec")


def test_every_doctype_of_the_version_is_there_with_all_its_fields() -> None:
	files = generate.app_files(CONTRACT)
	for name, entry in CONTRACT["doctypes"].items():
		folder = f"erpnext/{generate.scrub(entry['module'])}/doctype/{generate.scrub(name)}"
		made = json.loads(files[f"{folder}/{generate.scrub(name)}.json"])
		wanted = {f for f, e in entry["fields"].items() if generate.in_this_version(e)}
		assert wanted <= {f["fieldname"] for f in made["fields"]}
		assert made["field_order"] == [f["fieldname"] for f in made["fields"]]


def test_every_function_of_the_contract_is_in_the_stand_in(tmp_path: Path) -> None:
	generate.write(generate.app_files(CONTRACT), tmp_path)
	standin = contract_tool.Checkout(tmp_path)
	for path, arguments in CONTRACT["functions"].items():
		assert standin.function_arguments(path)[: len(arguments)] == arguments, path


def test_add_takes_what_both_versions_share_and_marks_the_rest(checkouts: list) -> None:
	contract = {"doctypes": {}, "functions": {}, "methods": {}}
	contract_tool.add(checkouts, contract, "Deal", ["title", "status", "source", "utm_source"])
	entry = contract["doctypes"]["Deal"]
	assert entry["permissions"] == {"Sales User": "read write"}
	assert entry["fields"] == {
		"title": {"type": "Data", "reqd": 1},
		"status": {"type": "Select", "options": "Open\nLost"},
		"source": {"type": "Link", "options": "Lead Source", "only": "15"},
		"utm_source": {"type": "Link", "options": "UTM Source", "only": "16"},
	}
	assert all(contract_tool.differences(contract, checkout) == [] for checkout in checkouts)


def test_check_names_each_difference(checkouts: list) -> None:
	fields = {
		"title": {"type": "Int"},
		"status": {"type": "Select", "options": "Open\nNo Such"},
		"absent": {"type": "Data"},
		"utm_source": {"type": "Link", "options": "UTM Source", "only": "15"},
	}
	contract = {
		"doctypes": {"Deal": {"module": "CRM", "fields": fields}, "Nothing": {"module": "CRM", "fields": {}}},
		"functions": {"erpnext.selling.doctype.deal.deal.make_order": ["source"]},
		"methods": {"Deal": ["close"]},
	}
	found = contract_tool.differences(contract, checkouts[1])
	assert found == [
		"Deal: module is 'Selling', not 'CRM'",
		"Deal.title is Data, not Int",
		"Deal.status lacks the values ['No Such']",
		"Deal.absent is missing",
		"Deal.utm_source is not only in 15",
		"Nothing is missing",
		"erpnext.selling.doctype.deal.deal.make_order(source) is ['source_name', 'target_doc']",
		"Deal.close() is missing",
	]


def test_unknown_doctype_field_or_folder_is_refused(checkouts: list, tmp_path: Path) -> None:
	contract = {"doctypes": {}, "functions": {}, "methods": {}}
	for doctype, fields in (("Nothing", []), ("Deal", ["nothing"])):
		with pytest.raises(SystemExit, match="No checkout has"):
			contract_tool.add(checkouts, contract, doctype, fields)
	with pytest.raises(SystemExit, match="holds no ERPNext"):
		contract_tool.Checkout(tmp_path / "elsewhere")


def test_file_is_written_as_the_tool_writes_it() -> None:
	assert contract_tool.CONTRACT.read_text() == contract_tool._dump(CONTRACT, 0) + "\n"


def test_contract_holds_in_full_against_the_bench_s_erpnext() -> None:
	"""Beyond what the site's check looks at: naming, mandatory, no-copy, permissions."""
	bench = os.environ.get("SA_BENCH")
	if not bench:
		pytest.skip("no bench: run `make test`")
	checkout = contract_tool.Checkout(Path(bench) / "apps" / "erpnext")
	version = contract_tool._version(checkout.root / "__init__.py")
	if version.endswith("+standin"):
		pytest.skip(f"ERPNext is the stand-in {version} here: give a real one with BENCH=")
	assert contract_tool.differences(CONTRACT, checkout) == []
