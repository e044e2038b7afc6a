app_name = "sales_activity"
app_title = "Sales Activity"
app_publisher = "Sales Activity contributors"
app_description = "Role-based sales targets, credit and attainment for ERPNext"
app_email = "sales-activity@example.com"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]

before_install = "sales_activity.install.before_install"
after_install = "sales_activity.install.after_install"
after_migrate = "sales_activity.install.after_migrate"
before_uninstall = "sales_activity.uninstall.before_uninstall"
after_uninstall = "sales_activity.uninstall.after_uninstall"

fixtures = [
	{"dt": "Role", "filters": [["name", "in", ["Area Manager", "Lead Qualifier", "Sales Operations"]]]}
]

app_include_js = "sales_activity.bundle.js"
app_include_css = "sales_activity.bundle.css"
page_renderer = ["sales_activity.api.program_links.OneClickPage"]
extend_bootinfo = "sales_activity.api.boot.extend"
add_to_apps_screen = [
	{
		"name": "sales_activity",
		"logo": "/assets/sales_activity/images/sales-activity.svg",
		"title": "Sales Activity",
		"route": "/app/sales-activities",
		"has_permission": "sales_activity.api.boot.may_use_app",
	}
]

doctype_js = {
	"Lead": "public/js/lead.js",
	"Opportunity": "public/js/opportunity.js",
	"Quotation": "public/js/quotation.js",
	"Sales Order": "public/js/sales_order.js",
	"Sales Person": "public/js/sales_person.js",
}

override_doctype_dashboards = {
	"Opportunity": "sales_activity.overrides.dashboards.opportunity",
	"Quotation": "sales_activity.overrides.dashboards.quotation",
	"Sales Order": "sales_activity.overrides.dashboards.sales_order",
	"Sales Person": "sales_activity.overrides.dashboards.sales_person",
}

# of the app's own DocTypes, child tables apart
doc_events = {
	(
		*("Sales Project", "Sales Target", "Sales Role", "Sales Activity Settings"),
		*("Sales Process", "Milestone Form", "Sales Milestone", "Milestone Move", "Milestone Hand-off"),
		*("Sales Credit Entry", "Sales Credit Month", "Sales Order Credit", "Sales Credit Repost"),
		*("Universal Lead Definition", "Lead Nurture", "Lead Move", "Lead Routing Rule"),
		*("Response Type", "Nurture Response", "Nurture Program", "Program Enrolment", "Program Step Run"),
		"Campaign Spend",
		*(
			"Sales Expense Type",
			"Sales Expense Claim",
			"Expense Forwarding",
			"Expense Move",
			"Expense Stand-in",
		),
	): {"before_discard": "sales_activity.workflow_guard.refuse_discard"},
	"*": {"after_insert": "sales_activity.overrides.any_document.after_insert"},
	"Appointment": {"on_update": "sales_activity.overrides.appointment.on_update"},
	"Auto Email Report": {"validate": "sales_activity.overrides.auto_email_report.validate"},
	"Call Log": {"on_update": "sales_activity.overrides.call_log.on_update"},
	("Campaign", "Lead Source", "UTM Campaign", "UTM Source"): {
		"after_rename": "sales_activity.overrides.lead_origins.after_rename"
	},
	"Communication": {"after_insert": "sales_activity.overrides.communication.after_insert"},
	"Email Unsubscribe": {"after_insert": "sales_activity.overrides.email_unsubscribe.after_insert"},
	"Employee": {"on_update": "sales_activity.overrides.employee.on_update"},
	"Event": {"on_update": "sales_activity.overrides.event.on_update"},
	"File": {
		"before_validate": "sales_activity.overrides.file.before_validate",
		"on_trash": "sales_activity.overrides.file.on_trash",
	},
	"Customer": {"on_update": "sales_activity.overrides.customer.on_update"},
	"Journal Entry": {
		"after_insert": "sales_activity.overrides.journal_entry.after_insert",
		"before_submit": "sales_activity.overrides.journal_entry.before_submit",
		"on_submit": "sales_activity.overrides.journal_entry.on_submit",
		"before_cancel": "sales_activity.overrides.journal_entry.before_cancel",
		"on_cancel": "sales_activity.overrides.journal_entry.on_cancel",
		"on_trash": "sales_activity.overrides.journal_entry.on_trash",
	},
	"Payment Entry": {
		"before_submit": "sales_activity.overrides.payment_entry.before_submit",
		"before_cancel": "sales_activity.overrides.payment_entry.before_cancel",
	},
	"Payment Ledger Entry": {"on_update": "sales_activity.overrides.payment_ledger_entry.on_update"},
	"Unreconcile Payment": {"on_submit": "sales_activity.overrides.unreconcile_payment.on_submit"},
	"Lead": {
		"validate": "sales_activity.overrides.lead.validate",
		"on_update": "sales_activity.overrides.lead.on_update",
		"on_change": "sales_activity.overrides.lead.on_change",
		"before_rename": "sales_activity.overrides.lead.before_rename",
		"after_rename": "sales_activity.overrides.lead.after_rename",
		"on_trash": "sales_activity.overrides.lead.on_trash",
	},
	"Opportunity": {
		"after_insert": "sales_activity.overrides.opportunity.after_insert",
		"on_trash": "sales_activity.overrides.opportunity.on_trash",
	},
	"Personal Data Deletion Request": {
		"on_change": "sales_activity.overrides.personal_data_deletion_request.on_change"
	},
	"Quotation": {
		"validate": "sales_activity.overrides.quotation.validate",
		"before_submit": "sales_activity.overrides.quotation.before_submit",
		"on_submit": "sales_activity.overrides.quotation.on_submit",
		"before_update_after_submit": "sales_activity.overrides.quotation.before_update_after_submit",
		"on_update_after_submit": "sales_activity.overrides.quotation.on_update_after_submit",
	},
	"Sales Order": {
		"validate": "sales_activity.overrides.sales_order.validate",
		"on_update": "sales_activity.overrides.sales_order.on_update",
		"on_submit": "sales_activity.overrides.sales_order.on_submit",
		"on_cancel": "sales_activity.overrides.sales_order.on_cancel",
		"before_update_after_submit": "sales_activity.overrides.sales_order.before_update_after_submit",
		"on_update_after_submit": "sales_activity.overrides.sales_order.on_update_after_submit",
		"on_change": "sales_activity.overrides.sales_order.on_change",
		"on_trash": "sales_activity.overrides.sales_order.on_trash",
	},
}

# a cancelled order can be deleted; its entries add up to nothing and stay as history, as do reposts
ignore_links_on_delete = ["Sales Credit Entry", "Sales Credit Month", "Sales Credit Repost"]
# the desk must not offer to cancel them with an order: what they posted is history
auto_cancel_exempted_doctypes = ["Sales Credit Repost"]

permission_query_conditions = {
	"Sales Project": "sales_activity.permissions.queries.sales_project",
	"Sales Project Member": "sales_activity.permissions.queries.sales_project_member",
	"Sales Target": "sales_activity.permissions.queries.sales_target",
	"Sales Target Detail": "sales_activity.permissions.queries.sales_target_detail",
	"Sales Credit Entry": "sales_activity.permissions.queries.sales_credit_entry",
	"Sales Milestone": "sales_activity.permissions.queries.sales_milestone",
	"Milestone Answer": "sales_activity.permissions.queries.milestone_answer",
	"Milestone Move": "sales_activity.permissions.queries.milestone_move",
	"Milestone Hand-off": "sales_activity.permissions.queries.milestone_hand_off",
	"Nurture Response": "sales_activity.permissions.queries.nurture_response",
	"Sales Credit Month": "sales_activity.permissions.queries.sales_credit_month",
	"Sales Order Credit": "sales_activity.permissions.queries.sales_order_credit",
	"Lead Nurture": "sales_activity.permissions.queries.lead_nurture",
	"Lead Answer": "sales_activity.permissions.queries.lead_answer",
	"Lead Move": "sales_activity.permissions.queries.lead_move",
	"Program Enrolment": "sales_activity.permissions.queries.program_enrolment",
	"Program Step Run": "sales_activity.permissions.queries.program_step_run",
	"Sales Expense Claim": "sales_activity.permissions.queries.sales_expense_claim",
	"Sales Expense Line": "sales_activity.permissions.queries.sales_expense_line",
	"Sales Expense Advance": "sales_activity.permissions.queries.sales_expense_advance",
	"Expense Move": "sales_activity.permissions.queries.expense_move",
	"Expense Forwarding Claim": "sales_activity.permissions.queries.expense_forwarding_claim",
	"Expense Stand-in": "sales_activity.permissions.queries.expense_stand_in",
	"File": "sales_activity.permissions.queries.file",
	"Prepared Report": "sales_activity.permissions.prepared_reports.query",
}

has_permission = {
	"Sales Project": "sales_activity.permissions.documents.has_permission",
	"Sales Target": "sales_activity.permissions.documents.has_permission",
	"Sales Credit Entry": "sales_activity.permissions.documents.has_permission",
	"Sales Milestone": "sales_activity.permissions.documents.has_permission",
	"Milestone Move": "sales_activity.permissions.documents.has_permission",
	"Milestone Hand-off": "sales_activity.permissions.documents.has_permission",
	"Nurture Response": "sales_activity.permissions.documents.has_permission",
	"Sales Credit Month": "sales_activity.permissions.documents.has_permission",
	"Sales Order Credit": "sales_activity.permissions.documents.has_permission",
	"Lead Nurture": "sales_activity.permissions.documents.has_permission",
	"Lead Move": "sales_activity.permissions.documents.has_permission",
	"Program Enrolment": "sales_activity.permissions.documents.has_permission",
	"Program Step Run": "sales_activity.permissions.documents.has_permission",
	"Sales Expense Claim": "sales_activity.permissions.documents.has_permission",
	"Expense Move": "sales_activity.permissions.documents.has_permission",
	"Expense Stand-in": "sales_activity.permissions.documents.has_permission",
	"Prepared Report": "sales_activity.permissions.prepared_reports.has_permission",
}

# ERPNext names none of its own: a request would leave the Lead that our records are about as it is
user_data_fields = [
	{
		"doctype": "Lead",
		"filter_by": "email_id",
		"redact_fields": ["first_name", "last_name", "lead_name", "title", "phone", "mobile_no"],
	}
]

override_whitelisted_methods = {
	"frappe.client.get_count": "sales_activity.api.frappe_methods.get_count",
	"frappe.client.get_value": "sales_activity.api.frappe_methods.get_value",
	"frappe.desk.doctype.dashboard_chart.dashboard_chart.get": "sales_activity.api.frappe_methods.get_chart",
}

scheduler_events = {
	"daily": ["sales_activity.tasks.hand_claims_over"],
	"daily_long": [
		"sales_activity.tasks.check_ledger",
		"sales_activity.tasks.fold_ledger",
		"sales_activity.tasks.look_after_expense_journals",
	],
	"hourly_long": [
		"sales_activity.tasks.remind_of_milestones",
		"sales_activity.tasks.rescore_leads",
		"sales_activity.tasks.enrol_by_rules",
		"sales_activity.tasks.remind_of_claims",
	],
	"cron": {
		"*/5 * * * *": [
			"sales_activity.tasks.take_up_documents",
			"sales_activity.tasks.deliver_hand_offs",
			"sales_activity.tasks.step_through_programs",
		],
		"*/10 * * * *": ["sales_activity.tasks.resume_reposts", "sales_activity.tasks.look_after_leads"],
		"0 5 * * *": ["sales_activity.tasks.forward_expenses"],
	},
}
