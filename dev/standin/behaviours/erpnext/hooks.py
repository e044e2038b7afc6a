app_name = "erpnext"
app_title = "@TITLE@"
app_publisher = "Sales Activity contributors"
app_description = "Stands in for ERPNext where it cannot be fetched"
app_email = "sales-activity@example.com"
app_license = "gpl-3.0"

doctype_js = {doctype: "public/js/selling.js" for doctype in ("Opportunity", "Quotation", "Sales Order")}

scheduler_events = {"daily": ["erpnext.selling.doctype.quotation.quotation.set_expired_status"]}

treeviews = [
	"Account",
	"Cost Center",
	"Warehouse",
	"Item Group",
	"Customer Group",
	"Sales Person",
	"Territory",
	"Department",
]
