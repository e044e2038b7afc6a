frappe.query_reports["Sales Credit Ledger"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.dates(true),
		...sales_activity.filters.choice(),
		{
			fieldname: "sales_project",
			label: __("Sales Project"),
			fieldtype: "Link",
			options: "Sales Project",
		},
		{ fieldname: "customer", label: __("Customer"), fieldtype: "Link", options: "Customer" },
		{ fieldname: "voucher_no", label: __("Voucher"), fieldtype: "Data" },
		{
			fieldname: "reason",
			label: __("Reason"),
			fieldtype: "Select",
			options: [
				"",
				"Order",
				"Cancellation",
				"Closing",
				"Reopening",
				"Changed Lines",
				"Repost",
				"Rebuild",
			],
		},
		...sales_activity.filters.exact_days(),
	],
};
