// Asks why credit is to be posted again, then starts it: one submitted Sales Credit Repost.

frappe.provide("sales_activity");

const OWN_TEAM = "Team of the Order";
const MISSING_TEAM = "Current Team Where Missing";
const CURRENT_TEAM = "Current Project Team";

/** Whether the user may start a repost. Early releases of Frappe 15 tell the desk nothing about submitting. */
sales_activity.can_repost = () =>
	["can_create", "can_submit"].every(
		(right) => frappe.boot.user[right]?.includes("Sales Credit Repost") ?? true
	);

/**
 * `scope`: company, and what narrows the repost (sales_order, sales_project, from_date, to_date).
 * `with_team`: let the user choose whose team is credited; without it the orders keep their own.
 */
sales_activity.repost_credit = (scope, { with_team = false, title = __("Repost Credit") } = {}) => {
	const dialog = new frappe.ui.Dialog({
		title,
		fields: [
			{
				fieldname: "team_source",
				label: __("Team"),
				fieldtype: "Select",
				options: [
					{ value: OWN_TEAM, label: __(OWN_TEAM) },
					{ value: MISSING_TEAM, label: __(MISSING_TEAM) },
					{ value: CURRENT_TEAM, label: __(CURRENT_TEAM) },
				],
				default: OWN_TEAM,
				hidden: !with_team,
				description: __(
					"Team of the Order heals the ledger, no credit moves. Current Team Where Missing gives one to orders that have none. Current Project Team gives the credit to the team that the project has now."
				),
			},
			{
				fieldname: "reason",
				label: __("Reason"),
				fieldtype: "Small Text",
				reqd: 1,
				description: __("Stays on the record."),
			},
		],
		primary_action_label: __("Repost"),
		primary_action: (values) => {
			dialog.hide();
			frappe
				.call({
					method: "sales_activity.api.reposts.start",
					args: { ...scope, ...values },
					freeze: true,
				})
				.then(({ message }) => frappe.set_route("Form", "Sales Credit Repost", message));
		},
	});
	dialog.show();
};
