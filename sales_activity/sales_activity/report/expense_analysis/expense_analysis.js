frappe.query_reports["Expense Analysis"] = {
	tree: true,
	initial_depth: 1,
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		sales_activity.filters.expense_tag("group_by", __("Group By"), { default: "Employee", reqd: 1 }),
		sales_activity.filters.expense_tag("then_by", __("And By")),
		{
			fieldname: "periodicity",
			label: __("Periods"),
			fieldtype: "Select",
			options: [
				{ value: "Total", label: __("Total") },
				{ value: "Monthly", label: __("Monthly") },
				{ value: "Quarterly", label: __("Quarterly") },
			],
			default: "Monthly",
			reqd: 1,
		},
		{
			fieldname: "measure",
			label: __("Amount"),
			fieldtype: "Select",
			options: ["Claimed", "Approved by the Area Manager", "Locked by Accounts"].map((value) => ({
				value,
				label: __(value),
			})),
			default: "Claimed",
			reqd: 1,
		},
		...sales_activity.filters.expenses(),
		{ ...sales_activity.filters.sales_role(), label: __("Role of Sales Credit") },
	],

	formatter(value, row, column, data, default_formatter) {
		const html = sales_activity.format_cell(value, row, column, data, default_formatter);
		return data?.is_total || (data && !data.indent && column.fieldname === "label")
			? `<b>${html}</b>`
			: html;
	},
};
