app_name = "sales_activity"
app_title = "Sales Activity"
app_publisher = "Sales Activity contributors"
app_description = "Role-based sales targets, credit and attainment"
app_email = "sales-activity@example.com"
app_license = "gpl-3.0"
required_apps = ["frappe/erpnext"]
