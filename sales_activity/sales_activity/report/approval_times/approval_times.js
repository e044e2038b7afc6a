frappe.query_reports["Approval Times"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.group_by("State", "Person", "Month"),
		{
			fieldname: "status",
			label: __("State"),
			fieldtype: "Select",
			options: [
				"",
				"Pending Area Manager",
				"Clarification",
				"Approved",
				"With Accounts",
				"Returned to Area Manager",
			].map((value) => ({ value, label: __(value) })),
		},
		{ fieldname: "person", label: __("Person"), fieldtype: "Link", options: "User" },
		{ fieldname: "area_manager", label: __("Area Manager"), fieldtype: "Link", options: "User" },
		...sales_activity.filters.expense_claims(),
	],
	formatter: sales_activity.format_cell,
};
