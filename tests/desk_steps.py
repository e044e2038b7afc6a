"""Steps in the desk that several browser tests take."""

from __future__ import annotations

from typing import Any

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


def choose_action(browser: Desk, name: str, menu: str = "actions") -> None:
	"""Choose an action of the workflow in the form's Actions menu, or something else in its other one ("menu")."""
	group = browser.page.locator(f".{menu}-btn-group:visible").first
	group.get_by_role("button").first.click()
	group.locator(".dropdown-menu").get_by_text(name, exact=True).click()


def fill(browser: Desk, field: Any, value: Any) -> None:
	"""Give a field (the element of a Frappe control) a value as people do; dates as Frappe stores them."""
	if value is True:
		field.locator("input[type=checkbox]").first.check()
		return
	if field.locator("select").count():
		field.locator("select").select_option(value)
		return
	control = field.locator("textarea, input").first
	kind = field.get_attribute("data-fieldtype")
	if kind in ("Date", "Datetime"):
		shown = "([value, is_date]) => frappe.datetime.str_to_user(value, false, is_date)"
		value = browser.evaluate(shown, [value, kind == "Date"])
	control.fill(value)
	if kind == "Link":
		# as people do: Frappe 16 takes the first of its suggestions when the field is left while it looks them up
		field.locator(".awesomplete ul > *").filter(has_text=value).first.click()
	control.press("Tab")
	browser.settle()
