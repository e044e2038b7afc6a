"""Steps in the desk that several browser tests take."""

from __future__ import annotations

from browser import Desk
from outside import World

# how many pixels of the page lie beyond the window's right edge
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

ROWS = """() => {
	const report = frappe.query_report;
	if (!report?.datatable || frappe.request.ajax_count) return null;
	return report.data?.length ? report.data : null;
}"""


def open_attainment(world: World, browser: Desk) -> list[dict]:
	"""The attainment report of the example's company, lines only, over the example's year; its rows."""
	filters = {"company": world.quay["company"], **world.harbour["period"], "fiscal_year": "", "flat": 1}
	query = "&".join(f"{name}={value}" for name, value in filters.items())
	browser.open(f"/app/query-report/Role Target Attainment?{query}")
	return wait_for_rows(browser)


def wait_for_rows(browser: Desk) -> list[dict]:
	"""The rows of the report that is open, once they are on the screen."""
	browser.settle()
	browser.page.wait_for_function(ROWS)
	return browser.evaluate(ROWS)


def check_workspace(browser: Desk) -> None:
	"""The workspace with its number cards, each with a number, within the width of the window."""
	browser.open("/app/sales-activities")
	browser.page.locator(".number-widget-box .widget-content .number").first.wait_for()
	# text as it is in the page: some versions show it in capitals
	titles = browser.page.locator(".number-widget-box .widget-title").all_text_contents()
	assert any("Attainment" in title for title in titles), titles
	assert any("Pipeline" in title for title in titles), titles
	browser.settle()
	assert browser.evaluate(TOO_WIDE) <= 0


def check_no_errors(browser: Desk) -> None:
	"""Nothing was logged as an error, thrown, or refused by the server since the last look."""
	found, browser.errors[:] = list(browser.errors), []
	assert not found, "\n".join(found)
