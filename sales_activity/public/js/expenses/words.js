// How expense claims are spoken of: states, amounts, lines.

/* global format_currency */
frappe.provide("sales_activity.expenses");

const { expenses, milestones } = sales_activity;

expenses.CLAIM = "Sales Expense Claim";

expenses.COLOURS = {
	Draft: "gray",
	"Pending Area Manager": "orange",
	Clarification: "yellow",
	Denied: "red",
	Approved: "blue",
	"With Accounts": "purple",
	"Returned to Area Manager": "orange",
	"Approved and Locked": "green",
	"Denied and Locked": "red",
	Cancelled: "gray",
};

expenses.TAGS = [
	"sales_project",
	"sales_milestone",
	"customer",
	"lead",
	"territory",
	"campaign",
	"cost_center",
];

const escape = milestones.escape;

// files that every browser shows
const PICTURES = /\.(jpe?g|png|gif|webp)$/i;

/** What has to be said with a decision or an action: "question", "reply", "reason", or "" for nothing. */
expenses.said_with = ({ says, name, action }) => {
	if (!says) return "";
	const what = name || action;
	if (["Clarification", "Ask", "Ask Manager", "Ask Employee"].includes(what)) return "question";
	return ["Reply", "Answer"].includes(what) ? "reply" : "reason";
};

/** Resolves to the server's answer, or to null when it refused (the user has been told why). */
expenses.call = (method, args, freeze = false) =>
	frappe
		.call({ method, args, freeze })
		.then(({ message }) => message)
		.catch(() => null);

expenses.money = (value, currency) => format_currency(value || 0, currency);

expenses.pill = (status) =>
	`<span class="indicator-pill ${expenses.COLOURS[status] || "gray"}">${escape(__(status))}</span>`;

expenses.link = (claim) =>
	`<a href="${frappe.utils.get_form_link(expenses.CLAIM, claim)}">${escape(claim)}</a>`;

expenses.count = (count) => (count === 1 ? __("1 expense") : __("{0} expenses", [count]));

/** A link that opens a receipt, named by its file; of a picture a small one. */
expenses.receipt = (row) => {
	if (!row.receipt) return `<span class="text-muted">${__("No receipt")}</span>`;
	const name = decodeURIComponent(row.receipt.split("/").pop());
	const address = escape(encodeURI(decodeURI(row.receipt)));
	const picture = PICTURES.test(name) ? `<img src="${address}" alt="" loading="lazy">` : "";
	return `<a class="sa-expense__receipt" href="${address}" target="_blank"
		rel="noopener">${picture}${frappe.utils.icon("attachment", "xs")} ${escape(name)}</a>`;
};

/** What an expense is and what became of it so far; `doc`: its claim, `more`: HTML below it. */
expenses.line_html = (row, doc, more = "") => {
	const days = row.expense_date ? frappe.datetime.str_to_user(row.expense_date) : __("Date is missing");
	const tags = expenses.TAGS.filter((field) => row[field]).map((field) => title_of(field, row[field]));
	const distance = row.distance
		? [`${row.distance} km`, row.vehicle && __(row.vehicle)].filter(Boolean).join(", ")
		: "";
	const facts = [days, distance, ...tags].filter(Boolean).map(escape).join(" · ");
	const type = row.expense_type ? escape(__(row.expense_type)) : __("Expense type is missing");
	return `<article class="sa-expense" data-name="${escape(row.name)}" data-key="${escape(
		row.line_key || ""
	)}" aria-label="${escape(__("Row {0}", [row.idx]))}">
		<div class="sa-expense__head">
			<div class="sa-expense__what"><b>${type}</b>
				<div class="sa-expense__facts">${facts}</div>
				${row.description ? `<div>${milestones.lines(row.description)}</div>` : ""}
				<div>${expenses.receipt(row)}</div>
			</div>
			<div class="sa-expense__amounts">${amounts(row, doc)}</div>
		</div>
		${said(row)}
		${more}
	</article>`;
};

/** How a tag is called, where the desk knows. */
function title_of(field, name) {
	const { options } = frappe.meta.has_field("Sales Expense Line", field) || {};
	return frappe.utils.get_link_title(options, name) || name;
}

function amounts(row, doc) {
	const own = doc.currency;
	// what kilometres are worth the server works out
	const missing = row.distance ? __("Known once saved") : __("Amount is missing");
	const claimed = row.amount ? expenses.money(row.amount, row.currency || own) : missing;
	const parts = [`<b>${claimed}</b>`];
	const foreign = row.currency && row.currency !== own;
	if (foreign && row.base_amount) parts.push(`<span>${expenses.money(row.base_amount, own)}</span>`);
	if (row.decision === "Approved")
		parts.push(`<span>${__("Approved: {0}", [expenses.money(row.manager_amount, own)])}</span>`);
	if (row.accounts_decision === "Approved")
		parts.push(`<span>${__("Locked: {0}", [expenses.money(row.accounts_amount, own)])}</span>`);
	return parts.join("");
}

/** What the app warns of, and what people said about a line. */
function said(row) {
	return [
		[__("Warning"), row.warnings, "sa-expense__warning"],
		[__("Area Manager"), row.manager_reason],
		[__("Question"), row.question],
		[__("Reply"), row.reply],
		[__("Accounts"), row.accounts_reason],
	]
		.filter(([, text]) => (text || "").trim())
		.map(
			([label, text, look = ""]) =>
				`<p class="sa-expense__said ${look}"><b>${label}:</b> ${milestones.lines(text)}</p>`
		)
		.join("");
}
