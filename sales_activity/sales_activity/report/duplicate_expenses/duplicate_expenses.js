frappe.query_reports["Duplicate Expenses"] = {
	tree: true,
	initial_depth: 2,
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.last_year(),
		{
			fieldname: "reason",
			label: __("Reason"),
			fieldtype: "Select",
			options: ["", "Same Receipt", "Same Day, Type and Amount"].map((value) => ({
				value,
				label: __(value),
			})),
		},
		...sales_activity.filters.expense_claims(),
		{
			fieldname: "expense_type",
			label: __("Expense Type"),
			fieldtype: "Link",
			options: "Sales Expense Type",
		},
		{ fieldname: "only_open", label: __("Only Not Locked Yet"), fieldtype: "Check" },
	],
	formatter(value, row, column, data, default_formatter) {
		const html = sales_activity.format_cell(value, row, column, data, default_formatter);
		if (column.fieldname === "receipt" && data?.receipt) {
			const name = frappe.utils.escape_html(data.receipt.split("/").pop());
			return `<a href="${frappe.utils.escape_html(
				encodeURI(data.receipt)
			)}" target="_blank">${name}</a>`;
		}
		return data && !data.indent ? `<b>${html}</b>` : html;
	},
};
