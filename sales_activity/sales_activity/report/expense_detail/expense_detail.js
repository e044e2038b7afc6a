frappe.query_reports["Expense Detail"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.expense_tag("group_by", __("Tag")),
		{ fieldname: "value", label: __("Value"), fieldtype: "Data" },
		{ fieldname: "without", label: __("Without the Tag"), fieldtype: "Check" },
		sales_activity.filters.expense_tag("then_by", __("Second Tag")),
		{ fieldname: "then_value", label: __("Second Value"), fieldtype: "Data" },
		{ fieldname: "then_without", label: __("Without the Second Tag"), fieldtype: "Check" },
		...sales_activity.filters.expenses(),
	],
	formatter: sales_activity.format_cell,
};
