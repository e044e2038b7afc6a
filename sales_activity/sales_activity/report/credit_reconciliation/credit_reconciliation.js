frappe.query_reports["Credit Reconciliation"] = {
	filters: [
		sales_activity.filters.company(),
		...sales_activity.filters.dates(),
		{
			fieldname: "sales_order",
			label: __("Sales Order"),
			fieldtype: "Link",
			options: "Sales Order",
		},
	],

	after_datatable_render() {
		add_rebuild_button(frappe.query_report);
	},
};

/** Offered where there is something to rebuild, to those who may. */
function add_rebuild_button(report) {
	if (!sales_activity.can_repost()) return;
	report.page.add_inner_button(__("Rebuild These"), () => {
		const { company, from_date, to_date, sales_order } = report.get_values();
		sales_activity.repost_credit(
			{ company, from_date, to_date, sales_order },
			{ title: __("Rebuild the Ledger of These Orders") }
		);
	});
}
