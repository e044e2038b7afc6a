frappe.query_reports["Hand-off Detail"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.sales_process(),
		...sales_activity.filters.hand_off_ends(),
		sales_activity.filters.territory(),
		{ fieldname: "from_role", label: __("From Role"), fieldtype: "Link", options: "Sales Role" },
		{ fieldname: "from_milestone", label: __("From Milestone"), fieldtype: "Data" },
		{ fieldname: "to_role", label: __("To Role"), fieldtype: "Link", options: "Sales Role" },
		{ fieldname: "to_milestone", label: __("To Milestone"), fieldtype: "Data" },
		{ fieldname: "only_first", label: __("Only from the Start"), fieldtype: "Check" },
		{ fieldname: "only_returned", label: __("Only Returned"), fieldtype: "Check" },
		{ fieldname: "only_reminded", label: __("Only Reminded"), fieldtype: "Check" },
		{ fieldname: "only_escalated", label: __("Only Escalated"), fieldtype: "Check" },
	],
	formatter: sales_activity.format_cell,
};
