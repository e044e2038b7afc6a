import "./desk/credit_buttons.js";
import "./desk/report_filters.js";
import "./desk/repost_dialog.js";
