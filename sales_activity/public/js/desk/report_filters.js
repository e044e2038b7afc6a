// Filters that several of our reports share, and the way from one report to another.

frappe.provide("sales_activity");

const link = (fieldname, label, options, more = {}) => ({
	fieldname,
	label,
	fieldtype: "Link",
	options,
	...more,
});
const check = (fieldname, label, more = {}) => ({ fieldname, label, fieldtype: "Check", ...more });

const EXPENSE_TAGS = [
	...["Employee", "Sales Person", "Expense Type", "Sales Project", "Milestone"],
	...["Customer", "Lead", "Territory", "Campaign", "Cost Center"],
];

sales_activity.filters = {
	company: () =>
		link("company", __("Company"), "Company", {
			default: frappe.boot.sales_activity?.company,
			reqd: 1,
		}),

	fiscal_year: () =>
		link("fiscal_year", __("Fiscal Year"), "Fiscal Year", {
			default: frappe.boot.sales_activity?.fiscal_year?.name,
		}),

	dates: (of_year) => {
		const year = (of_year && frappe.boot.sales_activity?.fiscal_year) || {};
		return [
			{
				fieldname: "from_date",
				label: __("From Date"),
				fieldtype: "Date",
				default: year.start,
			},
			{ fieldname: "to_date", label: __("To Date"), fieldtype: "Date", default: year.end },
		];
	},

	// a year back from today
	last_year: () => [
		{
			fieldname: "from_date",
			label: __("From Date"),
			fieldtype: "Date",
			default: frappe.datetime.add_months(frappe.datetime.get_today(), -12),
			reqd: 1,
		},
		{
			fieldname: "to_date",
			label: __("To Date"),
			fieldtype: "Date",
			default: frappe.datetime.get_today(),
			reqd: 1,
		},
	],

	group_by: (...options) => ({
		fieldname: "group_by",
		label: __("Group By"),
		fieldtype: "Select",
		options: options.map((value) => ({ value, label: __(value) })),
		default: options[0],
		reqd: 1,
	}),

	sales_process: () => link("sales_process", __("Process"), "Sales Process"),
	hand_off_ends: () => [
		link("sender", __("Sender"), "Sales Person"),
		link("receiver", __("Receiver"), "Sales Person"),
	],
	territory: () => link("territory", __("Territory"), "Territory"),
	sales_person: () => link("sales_person", __("Member"), "Sales Person"),
	sales_role: () => link("sales_role", __("Role"), "Sales Role"),
	// of the reports on leads; what source and campaign are depends on ERPNext's version
	leads: () => [
		link("source", __("Source"), frappe.boot.sales_activity?.lead_origin?.source),
		sales_activity.filters.lead_campaign(),
		sales_activity.filters.territory(),
		link("qualifier", __("Qualifier"), "User"),
	],
	lead_campaign: () => link("campaign", __("Campaign"), frappe.boot.sales_activity?.lead_origin?.campaign),
	program: () => link("program", __("Nurture Program"), "Nurture Program"),
	definition: () => link("definition", __("Universal Lead Definition"), "Universal Lead Definition"),
	item_group: () => link("item_group", __("Product Category"), "Item Group"),

	// of the reports on expenses
	expense_tag: (fieldname, label, more = {}) => ({
		fieldname,
		label,
		fieldtype: "Select",
		options: [...(more.reqd ? [] : [""]), ...EXPENSE_TAGS].map((value) => ({ value, label: __(value) })),
		...more,
	}),
	expenses: () => [
		...sales_activity.filters.expense_claims(),
		link("expense_type", __("Expense Type"), "Sales Expense Type"),
		link("sales_project", __("Sales Project"), "Sales Project"),
		link("sales_milestone", __("Milestone"), "Sales Milestone"),
		link("customer", __("Customer"), "Customer"),
		link("lead", __("Lead"), "Lead"),
		sales_activity.filters.territory(),
		sales_activity.filters.lead_campaign(),
		link("cost_center", __("Cost Center"), "Cost Center"),
		{
			fieldname: "status",
			label: __("State"),
			fieldtype: "Select",
			options: ["", ...expense_states()].map((value) => ({ value, label: __(value) })),
		},
		check("include_denied", __("Denied Too")),
		check("include_drafts", __("Drafts Too")),
	],
	expense_claims: () => [
		link("employee", __("Employee"), "Employee"),
		{ ...sales_activity.filters.sales_person(), label: __("Sales Person") },
	],

	basis: () => ({
		fieldname: "basis",
		label: __("Basis"),
		fieldtype: "Select",
		options: [
			{ value: "Value", label: __("Value") },
			{ value: "Volume", label: __("Volume") },
		],
		default: "Value",
		reqd: 1,
	}),

	// what the links in the attainment report use to name exactly the entries of a figure
	choice: () => [
		sales_activity.filters.sales_person(),
		check("include_below", __("And Everybody Below")),
		sales_activity.filters.sales_role(),
		sales_activity.filters.item_group(),
		check("include_below_group", __("And Categories Below")),
	],
	exact_days: () => [
		check("no_item_group", __("Without Product Category")),
		{ fieldname: "periods", label: __("Only These Periods"), fieldtype: "Data" },
	],
};

/** The address of a report with these filters; opens in a new tab like any other link. */
sales_activity.report_url = (report, filters) => address(["query-report", report], filters);

/** A figure as a link to what it is made of; server and client join the filters of column and row in the same way. */
sales_activity.linked = (html, column, data) => {
	const { report, doctype, filters, kind } = column.documents || {};
	const narrowed = data?.documents?.[kind];
	if (!narrowed) return html;
	const way = report ? ["query-report", report] : [frappe.router.slug(doctype)];
	const url = address(way, { ...filters, ...narrowed });
	return `<a href="${frappe.utils.escape_html(url)}">${html}</a>`;
};

/** What formats the cells of our reports: no "null", figures as links. */
sales_activity.format_cell = (value, row, column, data, default_formatter) => {
	if (value === null || value === undefined) return "";
	const html = default_formatter(value, row, column, data);
	return value ? sales_activity.linked(html, column, data) : html;
};

const expense_states = () =>
	Object.keys(sales_activity.expenses.COLOURS).filter((state) => state !== "Cancelled");

function address(way, filters) {
	const texts = Object.entries(filters).map(([name, value]) => [
		name,
		Array.isArray(value) ? JSON.stringify(value) : value,
	]);
	return `${frappe.router.make_url(way)}?${new URLSearchParams(texts)}`;
}

/** A button that opens the attainment report, for users who may. */
sales_activity.add_attainment_button = (frm, filters, group) => {
	if (!frappe.boot.user.all_reports?.["Role Target Attainment"]) return;
	const open = () => frappe.set_route("query-report", "Role Target Attainment", filters());
	frm.add_custom_button(__("Attainment"), open, group);
};
