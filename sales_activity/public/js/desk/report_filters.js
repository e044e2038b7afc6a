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

	sales_person: () => link("sales_person", __("Member"), "Sales Person"),
	sales_role: () => link("sales_role", __("Role"), "Sales Role"),
	item_group: () => link("item_group", __("Product Category"), "Item Group"),

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
sales_activity.report_url = (report, filters) =>
	`${frappe.router.make_url(["query-report", report])}?${new URLSearchParams(filters)}`;

/** A button that opens the attainment report, for users who may. */
sales_activity.add_attainment_button = (frm, filters, group) => {
	if (!frappe.boot.user.all_reports?.["Role Target Attainment"]) return;
	const open = () => frappe.set_route("query-report", "Role Target Attainment", filters());
	frm.add_custom_button(__("Attainment"), open, group);
};
