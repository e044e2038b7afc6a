"""Links of a program's e-mails: where they lead, what they record, and what forged, changed and old ones do."""

from __future__ import annotations

import email
import email.policy
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import frappe
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from sales_activity.api import program_links as api
from sales_activity.sales_activity.nurture import enrolment, program_links, program_responses, robots
from sales_activity.sales_activity.nurture.program_links import (
	CLICK,
	UNSUBSCRIBE,
	BadLinkError,
	ExpiredLinkError,
	Link,
)
from sales_activity.tests import program_house as house
from sales_activity.tests.base import of_a_request
from sales_activity.tests.program_house import ProgramCase, later, mail

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
READ = "https://example.com/a?x=1&y=2"
YEAR = 366 * 24 * 60 * 60


@contextmanager
def request(method: str = "GET", agent: str = BROWSER) -> Iterator[None]:
	"""A request as the web server would take it, from an address of its own."""
	builder = EnvironBuilder(method=method, path="/api/method/x", headers={"User-Agent": agent})
	frappe.local.response = frappe._dict()
	with of_a_request(request=Request(builder.get_environ()), request_ip=frappe.generate_hash(length=12)):
		frappe.set_user("Guest")
		try:
			yield
		finally:
			frappe.set_user("Administrator")


def opened(function: object, token: object, **how: str) -> SimpleNamespace:
	"""What somebody gets who opens a link."""
	with request(**how):
		function(t=token)
		answer = frappe.local.response
		return SimpleNamespace(
			status=answer.get("http_status_code") or 200,
			location=answer.get("location"),
			text=getattr(frappe.local, "message", "") or "",
		)


class LinkCase(ProgramCase):
	def setUp(self) -> None:
		super().setUp()
		self.lead = house.lead()
		self.program = house.program(mail(link="https://example.com/own"), mail(5, "Second"))
		[self.run] = house.enrolled(self.program, self.lead)
		house.sweep()
		self.step_run = house.log(self.run)[0]
		self.hrefs = self.links_of_mail()

	def links_of_mail(self) -> list[str]:
		row = house.mails_to(self.lead)[0]
		sent = email.message_from_string(row.message, policy=email.policy.default)
		body = sent.get_body(("html",)).get_content()
		return [unescape(href) for href in re.findall(r'href="([^"]+)"', body)]

	def token(self, kind: str) -> str:
		[url] = [url for url in self.hrefs if program_links.METHODS[kind] in url]
		return parse_qs(urlsplit(url).query)["t"][0]

	def responses(self) -> list[frappe._dict]:
		return frappe.get_all("Nurture Response", {"lead": self.lead}, ["*"], order_by="creation", limit=0)


class TestTracked(LinkCase):
	def test_a_click_is_a_response_and_leads_where_the_mail_said(self):
		got = opened(api.follow, self.token(CLICK))
		self.assertEqual(got.location, READ)
		[row] = self.responses()
		self.assertEqual(
			(row.response_type, row.source, row.url, row.robot, row.reference_name, row.title),
			("Link Clicked", "Tracked Link", READ, 0, self.step_run.name, "Mail"),
		)
		self.assertEqual(float(frappe.db.get_value("Lead Nurture", self.lead, "engagement_score")), 5)

	def test_opened_again_it_is_the_same_response(self):
		for _ in range(3):
			self.assertEqual(opened(api.follow, self.token(CLICK)).location, READ)
		self.assertEqual(len(self.responses()), 1)

	def test_the_step_says_what_a_click_is(self):
		program = house.program(mail(response_type="Download"))
		house.enrolled(program, self.lead)
		house.sweep()
		step_run = frappe.get_all(house.RUN, {"program": program.name}, pluck="name")[0]
		opened(api.follow, program_links.token_of(Link(CLICK, step_run, 0)))
		self.assertEqual([row.response_type for row in self.responses()], ["Download"])

	def test_machines_are_kept_and_score_nothing(self):
		opened(api.follow, self.token(CLICK), method="HEAD")
		opened(api.follow, self.token(CLICK), agent="Barracuda Sentinel (EE)")
		opened(api.follow, self.token(CLICK), agent="")
		self.assertEqual([row.robot for row in self.responses()], [1])
		self.assertEqual(float(frappe.db.get_value("Lead Nurture", self.lead, "engagement_score")), 0)
		opened(api.follow, self.token(CLICK))
		self.assertEqual([row.robot for row in self.responses()], [1, 0])

	def test_forged_changed_and_old_ones_lead_nowhere(self):
		good = self.token(CLICK)
		kind, run, number, until, signature = good.split(".")
		old = program_links.token_of(Link(CLICK, run, 0), time.time() - 2 * YEAR)
		for token, status in (
			(None, 403),
			("", 403),
			("https://evil.example", 403),
			(["a"], 403),
			("a.b.c.d.e", 403),
			(f"{kind}.{run}.1.{until}.{signature}", 403),
			(f"{kind}.{run}.{number}.{int(until) + 1}.{signature}", 403),
			(f"{kind}.other.{number}.{until}.{signature}", 403),
			(good[:-1], 403),
			(good + "ü", 403),
			(self.token(UNSUBSCRIBE), 403),
			(old, 410),
			(program_links.token_of(Link(CLICK, run, 7)), 410),
			(program_links.token_of(Link(CLICK, "nothing", 0)), 410),
		):
			with self.subTest(token):
				got = opened(api.follow, token)
				self.assertEqual((got.status, got.location), (status, None))
				self.assertIn("link", got.text.lower())
		self.assertEqual(self.responses(), [])

	def test_another_site_s_secret(self):
		with patch.object(program_links, "get_secret", lambda: "another"):
			foreign = program_links.token_of(Link(CLICK, self.step_run.name, 0))
		self.assertEqual(opened(api.follow, foreign).status, 403)

	def test_the_lead_gets_there_even_if_nothing_can_be_recorded(self):
		def fail(*_args: object) -> None:
			raise frappe.ValidationError("no")

		with patch.object(program_responses.responses, "record", fail):
			self.assertEqual(opened(api.follow, self.token(CLICK)).location, READ)

	def test_only_pages_are_tracked(self):
		own = program_links.unsubscribe_url("r1")
		body = (
			f'<a href="mailto:a@b.c">1</a><a href="#x">2</a><a href="{own}">3</a><a href="javascript:x()">4</a>'
			"<A class='b' HREF='https://a.example/?q=1&amp;r=2'>5</A><a href=\"https://a.example/?q=1&r=2\">6</a>"
			'<link href="https://b.example/"><p>href="https://c.example/"</p>'
		)
		text, addresses = program_links.tracked(body, "r1")
		self.assertEqual(addresses, ["https://a.example/?q=1&r=2"])
		self.assertEqual(text.count(program_links.METHODS[CLICK]), 2)
		for kept in (
			"mailto:a@b.c",
			'"#x"',
			own,
			"javascript:x()",
			"https://b.example/",
			"https://c.example/",
		):
			self.assertIn(kept, text)

	@given(st.text(max_size=80))
	def test_nothing_but_a_signed_link_is_read(self, token: str):
		with self.assertRaises(BadLinkError):
			program_links.read(token, CLICK)

	def test_expiry(self):
		link = Link(CLICK, "r1", 3)
		self.assertEqual(program_links.read(program_links.token_of(link, 1000), CLICK, 1000), link)
		with self.assertRaises(ExpiredLinkError):
			program_links.read(program_links.token_of(link, 1000), CLICK, 1001 + program_links.VALID[CLICK])


class TestUnsubscribe(LinkCase):
	def test_opening_the_page_ends_nothing(self):
		got = opened(api.unsubscribe, self.token(UNSUBSCRIBE))
		self.assertIn("<form", got.text)
		opened(api.unsubscribe, self.token(UNSUBSCRIBE), method="HEAD")
		self.assertEqual(house.run(self.run).status, "Active")

	def test_its_button_ends_this_run_and_no_other(self):
		other_program = house.program()
		[other_run] = house.enrolled(other_program, self.lead)
		[other_lead] = house.enrolled(self.program, house.lead())
		for _ in range(2):
			got = opened(api.unsubscribe, self.token(UNSUBSCRIBE), method="POST")
			self.assertIn("no more e-mails", got.text)
		run = house.run(self.run)
		self.assertEqual((run.status, run.stop_reason), ("Stopped", "Unsubscribed"))
		self.assertEqual(house.run(other_run).status, "Active")
		self.assertEqual(house.run(other_lead).status, "Active")
		self.assertFalse(frappe.db.get_value("Lead", self.lead, "unsubscribed"))
		self.assertEqual([row.response_type for row in self.responses()], ["Unsubscribe"])
		house.sweep(later(20))
		self.assertEqual(house.had(self.run), [("Mail", "Not Delivered")])
		self.assertEqual(len(house.had(other_run)), 1)
		self.assertIn("no more e-mails", opened(api.unsubscribe, self.token(UNSUBSCRIBE)).text)

	def test_what_is_not_sent_yet_stays_here(self):
		opened(api.unsubscribe, self.token(UNSUBSCRIBE), method="POST")
		self.assertEqual([row.status for row in house.mails_to(self.lead)], ["Error"])

	def test_a_run_that_is_over_is_not_taken_up_again(self):
		enrolment.stop(self.run)
		opened(api.unsubscribe, self.token(UNSUBSCRIBE), method="POST")
		self.assertIn("unsubscribed", enrolment.enrol(self.program, [self.lead]).skipped[0].why)

	def test_a_paused_run(self):
		enrolment.pause(self.run)
		opened(api.unsubscribe, self.token(UNSUBSCRIBE), method="POST")
		self.assertEqual(house.run(self.run).status, "Stopped")

	def test_forged_ones_end_nothing(self):
		good = self.token(UNSUBSCRIBE)
		for token, status in (
			(good + "x", 403),
			(good.replace("unsubscribe", "click"), 403),
			(self.token(CLICK), 403),
			(program_links.token_of(Link(UNSUBSCRIBE, self.step_run.name, 0), time.time() - 4 * YEAR), 410),
			(program_links.token_of(Link(UNSUBSCRIBE, "nothing", 0)), 410),
		):
			self.assertEqual(opened(api.unsubscribe, token, method="POST").status, status)
		self.assertEqual(house.run(self.run).status, "Active")


class TestScanners(ProgramCase):
	def test_who_is_one(self):
		for agent, expected in (
			(BROWSER, False),
			(
				"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
				False,
			),
			(
				"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0",
				False,
			),
			("Mozilla/5.0 (compatible; Googlebot/2.1)", True),
			("python-requests/2.31", True),
			("curl/8.5.0", True),
			("Mimecast-URL-Checker", True),
			(" ", True),
		):
			self.assertEqual(robots.is_scanner("GET", agent), expected, agent)
		self.assertTrue(robots.is_scanner("HEAD", BROWSER))
