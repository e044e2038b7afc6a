"""What users see and do in the desk, in a headless browser: the worked example from the targets to its order.

Tests run in this order on one site, but each looks up how far the example is, so that one alone runs too.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from browser import Desk, chromium_path, desk
from desk_steps import check_no_errors, check_workspace, choose_action, open_attainment, wait_for_rows
from outside import World, explain
from outside_site import DESIGNER, GROUP, OTHER_GROUP, PRIYA, SELLER, VINOD

pytest.importorskip("playwright", reason="needs Playwright: pip install -r dev/lock/browser.txt")
pytestmark = pytest.mark.skipif(chromium_path() is None, reason="needs Chromium: apt install chromium")

PROJECT, TARGET = "Sales Project", "Sales Target"
EXAMPLE = (
	(PRIYA, SELLER, GROUP),
	(PRIYA, DESIGNER, GROUP),
	(VINOD, SELLER, GROUP),
	(VINOD, SELLER, OTHER_GROUP),
)
BEFORE = [(1000, 0, 0), (2000, 50, 0), (500, 50, 0), (500, 100, 0)]
AFTER = [(1000, 0, 0), (2000, 0, 75), (500, 0, 75), (500, 0, 110)]

# what the user reads in the cells of one line
CELLS = """([person, role, group, fields]) => {
	const report = frappe.query_report;
	const index = report.data.findIndex((row) => row.row_type === "target" && row.sales_person === person
		&& row.sales_role === role && row.item_group === group);
	const columns = report.datatable.getColumns();
	return fields.map((field) => {
		const column = columns.find((one) => one.fieldname === field || one.id === field);
		const cell = report.datatable.wrapper.querySelector(
			`.dt-cell--${column.colIndex}-${index} .dt-cell__content`);
		return cell && cell.innerText.trim();
	});
}"""
LINK = """([person, role, group, field]) => {
	const report = frappe.query_report;
	const index = report.data.findIndex((row) => row.row_type === "target" && row.sales_person === person
		&& row.sales_role === role && row.item_group === group);
	const column = report.datatable.getColumns().find((one) => one.fieldname === field || one.id === field);
	return report.datatable.wrapper.querySelector(`.dt-cell--${column.colIndex}-${index} a`)?.href;
}"""
PASTE = """(text) => {
	const input = document.querySelector("[data-fieldname='targets'] .grid-row[data-idx='1'] "
		+ "[data-fieldname='sales_person'] input");
	const data = new DataTransfer();
	data.setData("text", text);
	data.setData("text/plain", text);
	input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""

# what the progress bars said, from now on
NOTE_PROGRESS = """() => {
	window.__progress = [];
	new MutationObserver(() => {
		for (const bar of document.querySelectorAll(".form-dashboard .progress-chart")) {
			window.__progress.push(bar.innerText.trim());
		}
	}).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


@pytest.fixture(scope="module")
def olga(world: World) -> Iterator[Desk]:
	"""Sales Operations on a desktop."""
	with desk(world.url, world.made["users"]["olga"], world.made["password"]) as browser:
		yield browser


@pytest.fixture(autouse=True)
def _no_errors(olga: Desk) -> Iterator[None]:
	yield
	check_no_errors(olga)


def test_the_report_shows_the_example_before_its_order(world: World, olga: Desk) -> None:
	if ordered(world):
		pytest.skip("the order of the example is there already")
	assert shown(world, olga) == BEFORE


def test_an_order_made_in_the_desk_closes_the_example(world: World, olga: Desk) -> None:
	"""Create > Sales Order on the quotation; a third switch and dearer cabinets; then the report again."""
	if not ordered(world):
		order(world, olga)
	assert shown(world, olga) == AFTER


def test_a_closed_figure_opens_the_entries_it_is_made_of(world: World, olga: Desk) -> None:
	if not ordered(world):
		order(world, olga)
	for row, (_target, _pipeline, closed) in zip(EXAMPLE, AFTER, strict=True):
		if not closed:
			continue
		open_attainment(world, olga)
		olga.page.goto(olga.evaluate(LINK, [*row, "closed"]))
		entries = [entry for entry in wait_for_rows(olga) if entry.get("voucher_no")]  # not the row of totals
		assert "Credit Ledger" in unquote(olga.page.url)
		assert sum(entry["amount"] for entry in entries) == closed, row


def test_losing_a_project_asks_for_the_reason(world: World, olga: Desk) -> None:
	name = world.quay["project_to_lose"]
	olga.open(f"/app/sales-project/{name}")
	choose_action(olga, "Lose")
	dialog = olga.page.locator(".modal.show")
	dialog.locator("[data-fieldname='lost_reason'] textarea").fill("Bought elsewhere")
	dialog.get_by_role("button", name="Set as Lost").click()
	olga.page.wait_for_function("() => cur_frm.doc.status === 'Lost' && !cur_frm.is_dirty()")
	olga.settle()
	saved = world.value(PROJECT, name)
	assert (saved["status"], saved["lost_reason"]) == ("Lost", "Bought elsewhere")


def test_200_rows_pasted_into_a_target(world: World, olga: Desk) -> None:
	"""The rows as a spreadsheet puts them on the clipboard; 200 item groups, so that none repeats."""
	groups = two_hundred_groups(world)
	olga.open("/app/sales-target/new")
	year = int(world.harbour["period"]["from_date"][:4]) + 2
	values = {"title": "Outside pasted", "company": world.quay["company"]}
	values |= {"from_date": f"{year}-01-01", "to_date": f"{year}-12-31"}
	olga.evaluate("(values) => cur_frm.set_value(values)", values)
	olga.evaluate("() => { if (!cur_frm.doc.targets?.length) cur_frm.add_child('targets'); }")
	olga.evaluate("() => cur_frm.refresh_field('targets')")
	olga.page.locator(
		"[data-fieldname='targets'] .grid-row[data-idx='1'] [data-fieldname='sales_person']"
	).first.click()
	lines = [f"{VINOD}\t{SELLER}\t{group}\t{number}" for number, group in enumerate(groups, start=1)]
	olga.evaluate(PASTE, "\n".join(lines))
	olga.page.wait_for_function("() => cur_frm.doc.targets.filter((row) => row.target).length >= 200")
	olga.settle()
	save(olga)
	saved = world.value(TARGET, olga.evaluate("() => cur_frm.doc.name"))
	assert [(row["sales_person"], row["item_group"], row["target"]) for row in saved["targets"]] == [
		(VINOD, group, number) for number, group in enumerate(groups, start=1)
	]
	assert saved["total_target"] == sum(range(1, 201))


def test_a_repost_shows_its_progress_and_its_end(world: World, olga: Desk) -> None:
	"""The form follows the worker without being loaded again by hand."""
	olga.open("/app/sales-credit-repost/new")
	values = {"company": world.harbour["company"], "reason": "Seen in the desk"}
	olga.evaluate("(values) => cur_frm.set_value(values)", values)
	save(olga)
	olga.evaluate(NOTE_PROGRESS)
	olga.page.get_by_role("button", name="Submit", exact=True).click()
	olga.page.locator(".modal.show").get_by_role("button", name="Yes").click()
	olga.page.wait_for_function("() => cur_frm.doc.status === 'Completed'", timeout=60_000)
	olga.settle()
	done, total = olga.evaluate("() => [cur_frm.doc.done, cur_frm.doc.total]")
	assert done == total == world.count("Sales Order", company=world.harbour["company"], docstatus=[">", 0])
	# without the socket.io process the form looks every few seconds, and may see the end only
	live = olga.evaluate("() => Boolean(frappe.realtime.socket?.connected)")
	shown = f"{total if live else 0} of {total} orders"
	assert shown in olga.evaluate("() => window.__progress.join()")


def test_the_workspace_shows_its_cards(olga: Desk) -> None:
	check_workspace(olga)


def ordered(world: World) -> bool:
	"""Whether the quotation of the example has been ordered."""
	return world.count("Sales Order", company=world.quay["company"], docstatus=1) > 0


def order(world: World, browser: Desk) -> None:
	"""Create > Sales Order, change what the customer changed, save and submit."""
	browser.open(f"/app/quotation/{world.quay['quotation']}")
	browser.page.locator(".inner-group-button[data-label='Create'] button").click()
	browser.page.locator(".inner-group-button[data-label='Create'] a", has_text="Sales Order").click()
	browser.page.wait_for_function(
		"() => cur_frm?.doctype === 'Sales Order' && cur_frm.doc.items?.length === 2"
	)
	browser.settle()
	project = browser.evaluate("() => cur_frm.doc.sales_project")
	assert project == world.quay["project"], "the mapping passes the project on"
	browser.evaluate(CHANGE_ORDER, [world.quay["warehouse"], world.harbour["period"]["to_date"]])
	browser.settle()
	save(browser)
	browser.evaluate("() => { cur_frm.savesubmit(); }")
	browser.page.get_by_role("button", name="Yes").click()
	browser.page.wait_for_function("() => cur_frm.doc.docstatus === 1")
	browser.settle()


def save(browser: Desk) -> None:
	"""Save the form; a message that stands in the way is in the error."""
	browser.evaluate("() => { cur_frm.save(); }")
	browser.settle()
	message = browser.evaluate("() => frappe.msg_dialog?.display && frappe.msg_dialog.msg_area.innerText")
	assert not browser.evaluate("() => cur_frm.is_new() || cur_frm.is_dirty()"), message


CHANGE_ORDER = """async ([warehouse, day]) => {
	const frm = cur_frm;
	const [switches, cabinets] = frm.doc.items;
	frm.doc.delivery_date = day;
	frm.doc.set_warehouse = warehouse;
	Object.assign(cabinets, { rate: 55, price_list_rate: 0, discount_percentage: 0, discount_amount: 0 });
	const third = frm.add_child("items");
	for (const field of ["item_code", "item_name", "uom", "stock_uom", "conversion_factor", "item_group", "rate"])
		third[field] = switches[field];
	Object.assign(third, { qty: 1, description: "Third switch, ordered beyond the quotation" });
	for (const row of frm.doc.items) Object.assign(row, { delivery_date: day, warehouse });
	frm.dirty();
	frm.refresh_fields();
}"""


def shown(world: World, browser: Desk) -> list[tuple[float, float, float]]:
	"""Target, pipeline and closed of the example's lines, as they stand on the screen."""
	open_attainment(world, browser)
	fields = ["target", "pipeline", "closed"]
	return [tuple(number(text) for text in browser.evaluate(CELLS, [*row, fields])) for row in EXAMPLE]


def number(text: str | None) -> float:
	"""The number in "₹ 1,000.00"."""
	assert text is not None
	return float("".join(sign for sign in text if sign.isdigit() or sign in ".-") or "nan")


def two_hundred_groups(world: World) -> list[str]:
	"""Item groups for a grid of 200 rows; those of an earlier run are there."""
	wanted = [f"Outside group {number:03}" for number in range(1, 201)]
	there = {
		row["name"] for row in world.admin.rows("Item Group", filters=[["name", "like", "Outside group%"]])
	}
	parent = world.value("Item Group", GROUP)["parent_item_group"]
	docs = [
		{"doctype": "Item Group", "item_group_name": name, "parent_item_group": parent}
		for name in wanted
		if name not in there
	]
	for start in range(0, len(docs), 100):
		answer = world.admin.call("frappe.client.insert_many", docs=docs[start : start + 100])
		assert answer.ok, explain(answer)
	return wanted
